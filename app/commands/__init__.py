"""What `fieldproof …` does, a module for each command: it imports what that command needs, and nothing else."""
