"""What a handheld recorded, on its way in."""
