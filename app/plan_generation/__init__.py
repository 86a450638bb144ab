"""Making plans: how often each outlet is due in a week, and on which of its days it can be visited (M1, M2).

Words: a *demand* is what an outlet asks of one week: so many visits, on days that its terms and its last visit allow; a
*pattern* is one choice of such days. What cannot be had is told, outlet by outlet, with its reason. Owns no tables.
"""
