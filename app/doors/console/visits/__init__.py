"""Visits: the list behind every number, and one visit with its whole evidence in time order; excusing it."""
