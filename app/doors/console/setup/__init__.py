"""Setup: what stands before the day. Territories and people, outlets and terms, points, files that come in, and what
the service itself does.

Admins see all of it, supervisors what the API lets them change: handhelds, location proposals, workdays.
"""
