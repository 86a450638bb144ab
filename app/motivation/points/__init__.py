"""Points: the reps' ledger (M3).

Words: an *entry* is an AWARD, a PENALTY or the REVERSAL of an entry; none is ever edited, a balance is a sum. A
*provisional* penalty may still be reversed (C4); a *finalisation* is the record that it no longer may. Rules and their
points are *policy*, by the day from which it holds; a *cap* bounds what a rule earns in a month. A *pardon* is what a
granted appeal has settled for good (P5), a *hold* keeps penalties provisional until a doubt is reviewed (P4). Owns
`points_entries`, `penalty_finalisations`, `points_policies`, `points_pardons`, `points_holds`, `rep_closings`.
"""
