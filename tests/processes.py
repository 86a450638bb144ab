"""Processes that tests start: they end with the tests, also where those are killed."""

ENDING_WITH_US = ("setpriv", "--pdeathsig", "TERM", "--")
"""Before a command: the kernel ends it when the process that has started it is gone."""
