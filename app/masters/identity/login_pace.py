"""How fast passwords may be tried: who must wait, and who is looked at first when many come (decision 64)."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil


class PaceKind(IntEnum):
    """What attempts are counted by. Rows are locked in this order."""

    PAIR = 1
    """A name from one address."""
    ADDRESS = 2
    """Any names from one address: from where nobody of these names has logged in."""
    NEAR = 3
    """A name from the networks in which it has logged in."""
    ANYWHERE = 4
    """A name from all other networks."""
    CODE = 5
    """Codes by time with a name's right password, from anywhere."""


@dataclass(frozen=True, slots=True)
class Pace:
    """So many attempts may fail at once, and one more `every` so often."""

    most: int
    every: timedelta


PACES = {
    PaceKind.PAIR: Pace(10, timedelta(seconds=90)),
    PaceKind.ADDRESS: Pace(100, timedelta(minutes=15)),
    PaceKind.NEAR: Pace(50, timedelta(minutes=1)),
    PaceKind.ANYWHERE: Pace(50, timedelta(minutes=1)),
    # three of a million codes are good at a time: 48 tries a day find one in thirteen years, as like as not
    PaceKind.CODE: Pace(10, timedelta(minutes=30)),
}
CALM_ATTEMPTS = 3
"""With no more failures than this, one's own included, an address and a name from it are calm."""
PLACE_KEPT = timedelta(days=90)
"""For how long a login makes an address known."""
PLACES_KEPT = 20
"""For each user: the last ones."""
SLOTS = 2**20
"""Of each kind: whatever is tried, there are no more rows."""


class Lane(IntEnum):
    """In which lane an attempt waits for its password to be hashed."""

    KNOWN = 0
    """From an address at which this name has logged in, or by who is logged in: nobody without a password that fits."""
    CALM = 1
    """From an address from which hardly anything failed."""
    REST = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a login comes from: an address (IPv6: its /64, which one subscriber has), and the network around it."""

    address: str
    network: str

    @classmethod
    def of(cls, host: str) -> "Origin":
        """The place of a client's address; of what is no address the text alone."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return cls(host, host)
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        own, around = (64, 32) if isinstance(address, IPv6Address) else (32, 16)
        return cls(*(str(ip_network((address, bits), strict=False)) for bits in (own, around)))


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a name, as it is counted: slots by kind, and the marks of its place. Neither tells name or address.

    `logged_in`: who tries is logged in already, and proves it is still the same person.
    """

    name: str
    slots: dict[PaceKind, int]
    place_mark: bytes
    network_mark: bytes
    logged_in: bool = False


class LoginMarks:
    """Makes slots and marks, under a key: nobody else can tell which attempts share a slot."""

    def __init__(self, signing_key: bytes) -> None:
        self._key = hmac.digest(signing_key, b"login marks", "sha256")

    def attempt(self, name: str, place: Origin, *, logged_in: bool = False) -> Attempt:
        """An attempt at a name (`rules.normal_username`) from a place."""
        slots = {
            PaceKind.PAIR: self._slot("own" if logged_in else "pair", place.address, name),
            PaceKind.ADDRESS: self._slot("address", place.address),
            PaceKind.NEAR: self._slot("near", name),
            PaceKind.ANYWHERE: self._slot("anywhere", name),
            PaceKind.CODE: self._slot("code", name),
        }
        return Attempt(name, slots, self._mark("place", place.address), self._mark("network", place.network), logged_in)

    def _mark(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\x00".join(parts).encode(), "sha256")[:16]

    def _slot(self, *parts: str) -> int:
        return int.from_bytes(self._mark(*parts)[:4], "big") % SLOTS


@dataclass(frozen=True, slots=True)
class Counted:
    """An attempt after it was counted. `clear_at`, by kind: until when the attempts so far count; none: no room left.

    A kind is only asked where those before it had room. `known_place`: the name has logged in there. `name_kind`: by
    which of NEAR and ANYWHERE the name counts.
    """

    clear_at: dict[PaceKind, datetime]
    known_place: bool
    name_kind: PaceKind


def lane_or_wait(counted: Counted, at: datetime) -> Lane | timedelta:
    """The lane of an attempt that may be made, or how long it must wait."""
    asked = [PaceKind.PAIR] if counted.known_place else [PaceKind.PAIR, PaceKind.ADDRESS, counted.name_kind]
    for kind in asked:
        if kind not in counted.clear_at:
            return PACES[kind].every
    if counted.known_place:
        return Lane.KNOWN
    calm = all(attempts(counted, kind, at) <= CALM_ATTEMPTS for kind in (PaceKind.PAIR, PaceKind.ADDRESS))
    return Lane.CALM if calm else Lane.REST


def attempts(counted: Counted, kind: PaceKind, at: datetime) -> int:
    """How many attempts count at a moment, this one included."""
    return ceil((counted.clear_at[kind] - at) / PACES[kind].every)
