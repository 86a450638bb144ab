"""Week plans: what a rep will do in one ISO week, from the draft to the visits that count at the cutoff (M2).

Words: a *plan* is one rep's week; its *versions* are everything that it ever said, with who said it; a *change* after
approval is the supervisor's own, or a rep's *request* that the supervisor grants. Visits stand in `visits` once their
plan is approved, and nowhere else: what is a draft, is submitted or was returned counts for nobody's points. Owns
`week_plans`, `week_plan_versions`, `plan_change_requests`, `plan_reminders`, `calendar_links`.
"""
