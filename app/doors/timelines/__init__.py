"""The outlet's story: everything that happened at an outlet, by time, the newest first.

Words: an *item* is one thing that happened, of a *type* that callers may ask for; its *title* says in one word what it
was. A *source* is a statement that finds the items of one kind; the *registry* has each type with its sources, and to
whom they are open. A *span* is the time that one statement looks at: months are walked backwards as far as a page
needs (decision 81). Reads what the domains below it keep, record by record as their own routes do. Owns no table.
"""
