"""Statements: what a rep's month came to, numbered and immutable, by territory (P6).

Words: a month is *closed* by territory, for the reps who were in it at the month's end; from then on entries about it
count in the next one that is open. A *statement* has the opening balance, what each rule came to, the closing balance,
and money where a point is worth some. A month that was *reopened* keeps its statements, void, and gets new numbers.
Owns `statement_policies`, `month_closings`, `closed_reps`, `rep_statements`.
"""
