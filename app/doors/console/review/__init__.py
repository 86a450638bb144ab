"""Review: doubts as a queue that is worked off, each with its evidence side by side; how often each rule was right.

Words: the *queue* is what is listed, in the order in which it is shown; a *group* of it are the doubts of one rule
about one rep on one day, which are often of one cause. A *place* is a check-in or an order with where it was recorded.
"""
