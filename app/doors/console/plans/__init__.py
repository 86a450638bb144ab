"""Plans: the week as a board of reps and days, one rep's week, making plans, a day's route."""
