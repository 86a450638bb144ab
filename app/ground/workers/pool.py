"""Calculations off the event loop: a pool of processes, each started when it is first needed."""

import pickle
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple, cast

import structlog

from app.ground.workers.child_processes import ChildLost, ChildPool, ChildProcess

log = structlog.get_logger()

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class WorkerLost(Exception):
    """A process ended over a calculation, by a signal or for want of memory."""


class Workers(ChildPool):
    """An async context manager: `processes` of them. Who calculates waits for its turn, in the order of asking."""

    def __init__(self, processes: int) -> None:
        super().__init__([ChildProcess("app.ground.workers.worker_process") for _ in range(processes)])

    async def run(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """What `function`, one of a module, makes of its arguments; raises what it raises, or WorkerLost.

        A caller that is cancelled takes the calculation's process along.
        """
        async with self.lent() as worker:
            try:
                answer = await worker.answer(pickle.dumps((function, arguments)))
            except ChildLost as error:
                log.warning("worker_lost", reason=str(error))
                raise WorkerLost("A calculation's process ended before it was done.") from error
        succeeded, outcome = pickle.loads(answer)  # noqa: S301 # our own
        if not succeeded and isinstance(outcome, BaseException):
            raise outcome
        return cast(T, outcome)
