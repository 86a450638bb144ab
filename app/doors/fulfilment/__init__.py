"""What came of orders, by whatever door it is told: deliveries are recorded here, with all that follows, once.

Posts, imports, decisions and the hourly look at what has fallen due come the same way: the record is written, its
order concluded anew, and then what follows from conclusions: the table in `consequences`. Owns no table.
"""
