"""Territories and their reps.

Words: a *territory* owns the time zone, the working calendar, the order cutoff and the call deadline of its reps and
outlets; a *rep* is the person in the field. Local times (T4), field clocks (T1, T2) and upload sequences are decided
here, because everything above needs them. Owns `territories`, `past_calendars` and `reps`.
"""
