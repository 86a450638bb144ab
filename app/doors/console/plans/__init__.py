"""Plans: the week as a board of reps and days, one rep's week to be decided on and changed, making plans, a day's route."""
