"""Check-ins: where the rep was, against the outlet's fence (M7, V1–V5).

Words: a *check-in* is one arrival or departure attempt with its GPS *fix*; its *verdict* says how likely the true
position lies within the *fence*. Every attempt is recorded, wherever the rep stands. Owns `check_ins` and
`verdict_policies`.
"""
