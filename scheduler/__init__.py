"""The scheduler process: closes due days, expires call tasks, makes penalties final, keeps the house.

Any number of processes may run; one leads, by an advisory lock on a connection of its own. What is due the database
knows, not the scheduler: a process that dies takes nothing along, and the next one goes on where the runs end.

Every job runs at intervals, none at a time of day: nothing depends on the hours between 00:00 and 03:30 local, in which
zones change, and no job is lost because a process was down at its minute.
"""
