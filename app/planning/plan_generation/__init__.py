"""Making plans: which outlets a rep visits in a week, on which days, from their terms and their history (M1, M2).

Words: a *demand* is what an outlet asks of one week: so many visits, on days that its terms and its last visit allow; a
*pattern* is one choice of such days; a rep's *portfolio* are the outlets that it looks after, and those that nobody
looks after are *dealt*. A *generation* makes the plans of many reps, one by one. What cannot be had is told, outlet by
outlet, with its reason. Owns `plan_generations`, `plan_generation_reps`.
"""
