"""What a month that is over would have come to under another policy (P7).

It stands above the months, by whose ends reps belong to territories, and above punctuality, whose facts it counts where
a rule was off. Owns no table, and writes nothing.
"""
