"""What a handheld must know, on its way out."""
