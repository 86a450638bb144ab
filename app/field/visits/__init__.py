"""Visits: one outlet on one day, planned or ad hoc.

Words: a *planned visit* stands in an approved plan; an *ad hoc visit* came to be by a check-in; *excused* is a
supervisor's word that a visit need not be made; a *removal* is a visit that a plan no longer has. Whether a visit is
verified, missed or productive is never stored: it follows from the check-ins and orders (V5). Owns `visits` and
`visit_removals`.
"""
