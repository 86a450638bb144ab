"""Appeals: a rep says why an entry of the ledger is wrong, and the office decides (P5).

Words: an *appeal* is about one entry that cost points; it is *open*, *granted* (the entry is reversed) or *rejected*.
The first *instance* is whoever looks after the rep's territory, the second an admin. Each thing that happened to it is
a *step*: who, when, and in which words. Owns `appeals`, `appeal_steps`.
"""
