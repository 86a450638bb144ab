"""Workdays: when and from where reps work, for whoever plans their days (M2).

Words: a *workday* has its beginning and end, a lunch break, the places where it starts and ends (a home, a depot, or
open: wherever the first or last visit is), how long a visit takes where its outlet's terms do not say, and the type of
area, by which drive times are estimated. A territory's holds for its reps; a rep's own goes before it, part by part.
Owns `workdays`.
"""
