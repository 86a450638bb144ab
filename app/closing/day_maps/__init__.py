"""Days on a map: a territory's outlets by how their day stands, and the way of a rep through a day.

An outlet's *state* is the one thing that a map shows of it; its *stops* are the planned visits of a rep in their order,
its *track* what the rep's phone told of where it was. Owns no table.
"""
