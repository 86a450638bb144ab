"""Compliance: visits as they stand, and the KPIs over them, each with its numerator and denominator.

A day's figures are *kept* once it is over, and *stale* where a record that they are made of came or changed since
(decision 60). Owns `kept_days`, `kept_rep_days`, `kept_outlets`, `kept_products` and `stale_days`.
"""
