"""Asking somebody outside (a router, a worker process) between two transactions: none is open while an answer is
waited for, so that whoever answers slowly keeps no connection from others (decision 53).
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.errors import StaleVersion

ATTEMPTS = 3
"""How often somebody is asked about facts that change meanwhile."""

Facts = TypeVar("Facts")
Facts_co = TypeVar("Facts_co", covariant=True)
Advice = TypeVar("Advice")
Outcome = TypeVar("Outcome")


class Reading(Protocol[Facts_co]):
    """Reads what the question and the decision rest on; with `lock`, so that it stays until the commit."""

    async def __call__(self, session: AsyncSession, *, lock: bool) -> Facts_co:
        """The facts, equal to those read before where the question is the same."""


class _FactsChanged(Exception):
    """What was asked about is no longer so: nothing is written."""


async def consulted(
    database: Database,
    read: Reading[Facts],
    ask: Callable[[Facts], Awaitable[Advice]],
    write: Callable[[AsyncSession, Facts, Advice], Awaitable[Outcome]],
) -> Outcome:
    """Read facts, ask about them while no transaction is open, and write in another one that reads the same facts.

    Asks again where they have changed. Raises StaleVersion where they do so again and again, and what `read`, `ask` and
    `write` raise.
    """
    async with database.read_only() as session:
        facts = await read(session, lock=False)
    for _ in range(ATTEMPTS):
        advice = await ask(facts)
        earlier = facts
        with suppress(_FactsChanged):
            async with database.transaction() as session:
                facts = await read(session, lock=True)
                _compare(facts, earlier)
                return await write(session, facts, advice)
    raise StaleVersion("What this rests on changes while it is calculated. Ask again.")


def _compare(facts: object, earlier: object) -> None:
    if facts != earlier:
        raise _FactsChanged
