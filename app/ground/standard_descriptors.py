"""Standard input, output and error, open before anything else is."""

import os


def keep_standard_descriptors() -> None:
    """Open what is closed of 0, 1 and 2 on nothing: else a database's connection becomes standard error."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # the lowest free number is this one: those below are open
            os.open(os.devnull, os.O_RDWR)
