"""Calls: the operators' queue, and one call with everything that is needed on the phone."""
