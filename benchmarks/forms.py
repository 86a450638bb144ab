"""What handhelds send in the benchmarks: order forms of 12 lines and check-ins, each with an id of its own."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson

LINES = 12
AT_WORK = 250
"""Reps who send orders one by one at the same time: a token serves for some orders, as in its quarter of an hour."""
EVENTS = 25
"""Orders of an upload, and check-ins."""
SWITCHED_ON = datetime(2026, 6, 1, tzinfo=UTC)
"""All phones, at once and long ago: their clocks contradict nothing from round to round."""


@dataclass(frozen=True, slots=True)
class Handheld:
    """One rep's device: its token, and its outlets in the order of the day, each with its code, latitude, longitude."""

    token: str
    outlets: Sequence[tuple[str, float, float]]


@dataclass(frozen=True, slots=True)
class Post:
    """A request that brings records: whose, where to, with what."""

    token: str
    path: str
    body: bytes


class Forms:
    """Makes forms as they are filled in at `now`, two minutes after the check-in at their outlet.

    The rep was at the last outlet ten minutes ago and at each one before it ten minutes earlier (`day.sql`).
    """

    def __init__(self, now: datetime, random_: random.Random | None = None) -> None:
        self._now = now
        self._random = random_ or random.Random()
        self._delivery_date = (now + timedelta(days=2)).date().isoformat()

    def orders(self, handhelds: Sequence[Handheld]) -> Iterator[Post]:
        """One order a request, each outlet once: so many reps in turns, then as many others."""
        for first in range(0, len(handhelds), AT_WORK):
            team = handhelds[first : first + AT_WORK]
            for place in range(len(team[0].outlets)):
                for handheld in team:
                    minutes_ago = 10 * (len(handheld.outlets) - place) - 2
                    order = self._order(handheld.outlets[place], minutes_ago)
                    yield Post(handheld.token, "/v1/orders", orjson.dumps(order))

    def uploads(self, handhelds: Sequence[Handheld]) -> Iterator[Post]:
        """25 check-ins and 25 orders a request, each rep once."""
        for handheld in handhelds:
            events = []
            for number, outlet in enumerate(handheld.outlets[:EVENTS]):
                minutes_ago = 10 * (EVENTS - 1 - number)
                events += [self._check_in(outlet, minutes_ago + 2), self._order(outlet, minutes_ago)]
            yield Post(handheld.token, "/v1/sync", self._upload(events))

    def check_ins(self, handhelds: Sequence[Handheld]) -> Iterator[Post]:
        """One check-in a request, each rep at the first outlet, then each at the next."""
        for outlets in zip(*(handheld.outlets for handheld in handhelds), strict=True):
            for handheld, outlet in zip(handhelds, outlets, strict=True):
                yield Post(handheld.token, "/v1/sync", self._upload([self._check_in(outlet, 0)]))

    def _order(self, outlet: tuple[str, float, float], minutes_ago: int) -> dict[str, object]:
        """The two must-stock items and ten products more, at the prices that they have for a grocery."""
        first, packs = self._random.randint(4, 180), self._random.choices(range(1, 10), k=LINES)
        products = [1, 2, *range(first, first + LINES - 2)]
        told, monotonic_ms = self._instant(minutes_ago)
        return {
            "type": "order",
            "id": self._id(),
            "sequence": 0,
            "outlet_code": outlet[0],
            "captured_at": told,
            "monotonic_ms": monotonic_ms,
            "delivery_date": self._delivery_date,
            "lines": [
                {
                    "product_code": f"P{product}",
                    "unit_price": f"{(1 + product * 0.01) * (1 if product % 2 else 0.9):.4f}",
                    "quantity": str(6 * pack),
                }
                for product, pack in zip(products, packs, strict=True)
            ],
            "comment": "",
        }

    def _upload(self, events: list[dict[str, object]]) -> bytes:
        told, monotonic_ms = self._instant(0)
        return orjson.dumps({"sent_at": told, "monotonic_ms": monotonic_ms, "boot_id": "bench", "events": events})

    def _check_in(self, outlet: tuple[str, float, float], minutes_ago: int) -> dict[str, object]:
        told, monotonic_ms = self._instant(minutes_ago)
        code, lat, lon = outlet
        return {
            "type": "check_in",
            "id": self._id(),
            "sequence": 0,
            "outlet_code": code,
            "kind": "arrival",
            "captured_at": told,
            "monotonic_ms": monotonic_ms,
            "fix": {
                "lat": round(lat + self._random.uniform(-0.0002, 0.0002), 7),
                "lon": round(lon + self._random.uniform(-0.0002, 0.0002), 7),
                "accuracy_m": 8.5,
                "fix_at": told,
                "provider": "fused",
                "mock": False,
            },
        }

    def _instant(self, minutes_ago: int) -> tuple[str, int]:
        """An instant, and what the phone's monotonic clock showed then."""
        at = (self._now - timedelta(minutes=minutes_ago)).replace(microsecond=0)
        return at.isoformat(), int((at - SWITCHED_ON).total_seconds()) * 1000

    def _id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def write(path: Path, posts: Iterator[Post], most: int) -> int:
    """Write up to so many requests for `requests.lua`, a line each: token, path, body, by tabs. Answers how many."""
    written = 0
    with path.open("wb") as file:
        for post in posts:
            file.write(b"\t".join([post.token.encode(), post.path.encode(), post.body]) + b"\n")
            written += 1
            if written == most:
                break
    return written
