"""The only place that reads the wall clock.

Everything that asks for the time calls `now()`. Tests and the demo day set it with `fixed()`; nothing ever sleeps to
make time pass.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

Source = Callable[[], datetime]


def wall() -> datetime:
    """What the machine's own clock shows, whatever `now()` is set to: for who waits by it (the scheduler's timers)."""
    return datetime.now(UTC)


class _Current:
    """The source that counts at present."""

    source: Source = staticmethod(wall)


def now() -> datetime:
    """The current instant, in UTC."""
    return _Current.source()


class SetClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, at: datetime) -> None:
        self.move_to(at)

    def move_to(self, at: datetime) -> None:
        """Set the instant that `now()` answers. Raises ValueError where `at` carries no offset."""
        if at.tzinfo is None:
            raise ValueError("an instant must carry an offset")
        self.at = at.astimezone(UTC)

    def __call__(self) -> datetime:
        """The instant that it was set to."""
        return self.at


@contextmanager
def fixed(at: datetime) -> Iterator[SetClock]:
    """Within the block `now()` answers `at`, or what the yielded clock is moved to."""
    previous, clock = _Current.source, SetClock(at)
    _Current.source = clock
    try:
        yield clock
    finally:
        _Current.source = staticmethod(previous)
