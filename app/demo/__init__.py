"""The demo day: one working day of four reps among 89 real shops, played through the real API with the clock set."""
