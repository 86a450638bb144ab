"""Processes of their own: for calculations that would hold the event loop up, for files that are not trusted."""
