"""Events that could not be recorded, and events that never came (T7).

Words: a *rejected* event arrived and breaks a rule, or cannot be read; a *lost* one has a number that the device gave
out and that has not arrived. Each is kept for 90 days, and *settled* when it is recorded or arrives after all, or when
a supervisor *gives it up*. A rejected event *holds* its day: what waits for its device stays provisional, as if it had
not told everything up to that day's cutoff. Owns `rejected_events`.
"""
