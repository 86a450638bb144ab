"""Positions of what readers follow: the feed of events, and what handhelds download (decision 46).

Words: a *position* is a number that every change gets from the transaction that makes it; readers go on from one. It
is the transaction's number plus the *epoch*'s base. A new epoch begins where the database has come to another server,
was restored, or goes on after a failover: transaction numbers begin lower there, positions go on above all that were
ever told. Owns `position_epochs`.
"""
