"""Call tasks: outlets to phone before the deadline.

Words: a task is *open*, then *claimed* by an operator, then *done*, *cancelled* or *expired*; an *attempt* is one
outcome that an operator told. Owns `call_tasks` and `call_attempts`.
"""
