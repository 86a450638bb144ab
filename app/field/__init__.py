"""The rep's day as it was: visits, check-ins with their verdicts, doubts about them."""
