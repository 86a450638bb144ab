"""The assortment mix: how near a territory's orders of a quarter came to the planned shares of their value (M4).

Words: *targets* are the planned shares of assortment groups and the steps of the bonus, of a territory or of the whole
company, by quarter; the *score* says how near the orders came to them; a *statement* is what a closed quarter came to,
numbered and never changed. Owns `assortment_targets`, `assortment_statements`.
"""
