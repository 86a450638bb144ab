"""Random days, played on the database in more than one order: the same facts come to the same end."""
