"""Calculations that are named here and made elsewhere: who asks for one does not hold the libraries that it takes."""

from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

from app.ground.loading import loaded

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Calculation(Generic[P, T]):
    """A function by its name, `module:function`: loaded in the worker process that calls it (`pool.Workers`).

    It is declared with the function's parameters and what it returns; a test compares the two.
    """

    name: str

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> T:
        """What it makes of its arguments, in this process."""
        outcome: T = loaded(self.name)(*arguments, **named)
        return outcome
