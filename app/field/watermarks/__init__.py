"""Watermarks: what the server has of everything that a device recorded, and up to when.

And what it has told of its clocks, boot by boot (`boots.Boot`). Words: a device numbers its events by a
*sequence*; a *claim* is its word how far it had counted at a sending; the *watermark* is the time up to which nothing
of it can be missing (C4); a *day count* how many events of it are of a day, and how many came on one. Owns
`device_sync_states`, `device_boots` and `device_days`.
"""
