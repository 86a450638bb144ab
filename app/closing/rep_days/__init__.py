"""Reps' days as they go: what supervisors look at all day long, and what has changed of it since they last looked.

Words: a *rep's day* is what a territory planned for a rep on a date, and what came of it so far; its *progress*
compares where the rep is with where the plan expects it by now; a *change* says that something of a day is otherwise.
Owns `day_changes`.
"""
