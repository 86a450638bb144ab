"""What is kept of a person: told as a whole, and taken away once the person has left (decision 57).

Words: a *person* is a rep or a user; the *register* says of each table which rows are a person's, and what of them is
taken away.
"""
