"""What the service would run on here: looked at from outside, changing nothing (`fieldproof doctor`)."""
