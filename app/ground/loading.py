"""Modules that are loaded by name, when they are needed: a process holds what it runs, and nothing else (decision 61).

Names are declared in tables (`app.cli`, `Calculation`), which tests resolve; no function imports anything.
"""

import gc
import sys
from importlib import import_module
from typing import Any


def loaded(name: str) -> Any:
    """What `module:attribute` names.

    Where a process begins, the collector rests meanwhile: what a module makes stands for as long as the process, and
    looking for garbage in it, time and again, takes a third of a start.
    """
    module, _, attribute = name.partition(":")
    if module in sys.modules:
        return getattr(sys.modules[module], attribute)
    was_on = gc.isenabled()
    gc.disable()
    try:
        return getattr(import_module(module), attribute)
    finally:
        if was_on:
            gc.freeze()  # or the first collection would look at all of it
            gc.enable()
