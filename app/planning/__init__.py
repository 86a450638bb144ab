"""The weeks ahead: routes, workdays, week plans and how they are made (M2)."""
