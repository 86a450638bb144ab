"""Fair shares of what is costly: one caller has so many such requests answered at a time, and no more.

What is past the share is refused at once (429 with Retry-After), before it waits for a connection or a process that
others need. A process counts for itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from app.ground.errors import TooManyAtOnce
from app.ground.web.access import Caller, CallerKind

RETRY_AFTER_SECONDS = 2
_MARK = "fair_share"

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Share:
    """How many requests of a kind a caller may have answered at a time; a rep's handheld, one."""

    kind: str
    at_once: int

    def of(self, caller: Caller) -> int:
        """This caller's."""
        return 1 if caller.kind is CallerKind.DEVICE else self.at_once


SEARCHES = Share("searches for routes", 2)
QUESTIONS = Share("questions about many days", 3)


def costly(share: Share) -> Callable[[F], F]:
    """Mark the function of a route as one of which each caller has a share."""

    def mark(endpoint: F) -> F:
        setattr(endpoint, _MARK, share)
        return endpoint

    return mark


def share_of(endpoint: Callable[..., Any]) -> Share | None:
    """The share of a route's function, where it is costly."""
    share: Share | None = getattr(endpoint, _MARK, None)
    return share


class FairShares:
    """What each caller has under way in this process."""

    def __init__(self) -> None:
        self._under_way: Counter[tuple[str, CallerKind, str]] = Counter()

    @contextmanager
    def taken(self, share: Share, caller: Caller) -> Iterator[None]:
        """Have one more of `share` under way. Raises TooManyAtOnce."""
        # a rep is one caller, however many phones it has
        key = (share.kind, caller.kind, caller.rep_code or caller.subject)
        if self._under_way[key] >= share.of(caller):
            raise TooManyAtOnce(
                f"You have {self._under_way[key]} {share.kind} under way: wait for one of them.",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )
        self._under_way[key] += 1
        try:
            yield
        finally:
            self._under_way[key] -= 1
            if not self._under_way[key]:
                del self._under_way[key]
