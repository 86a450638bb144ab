"""Points: the reps' ledger (M3).

Words: an *entry* is an AWARD, a PENALTY or the REVERSAL of an entry; none is ever edited, a balance is a sum. A
*provisional* penalty may still be reversed (C4); a *finalisation* is the record that it no longer may. Rules and their
points are *policy*, versioned. Owns `points_entries`, `penalty_finalisations`, `points_policies`.
"""
