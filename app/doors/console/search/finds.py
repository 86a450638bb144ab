"""What was found for a text, and which page opens it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.doors.console.api_calls import Json, segment
from app.ground.web.access import Role

MOST_SHOWN = 10
"""Of each kind."""


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record that was found, and the address of its page; None: it has none for this role."""

    kind: str
    record: Json
    page: str | None


@dataclass(frozen=True, slots=True)
class FoundRecords:
    """What was found of one kind; `has_more`: there are others, which are not shown."""

    kind: str
    shown: Sequence[FoundRecord]
    has_more: bool


def finds_of(kind: str, records: Sequence[Json], role: Role) -> FoundRecords:
    """What a list answers, of which one more than is shown was asked for."""
    shown = [FoundRecord(kind, record, _page_of(kind, record, role)) for record in records[:MOST_SHOWN]]
    return FoundRecords(kind, shown, len(records) > MOST_SHOWN)


def only_one(groups: Iterable[FoundRecords], text: str) -> str | None:
    """The page that a search leads to at once: of the only find, or of the only one that is called so."""
    finds = [find for group in groups for find in group.shown]
    called_so = [find for find in finds if find.record.get("code", "").casefold() == text.casefold()]
    of_choice = finds if len(finds) == 1 else called_so
    return of_choice[0].page if len(of_choice) == 1 else None


def _page_of(kind: str, record: Json, role: Role) -> str | None:
    match kind:
        case "outlets":
            return f"/console/outlets/{segment(record['code'])}"
        case "reps":
            of_rep = {"territory_code": record["territory_code"], "rep_code": record["code"]}
            return f"/console/map?{urlencode(of_rep)}"
        case "products":
            return f"/console/setup/products/{segment(record['code'])}" if role is Role.ADMIN else None
    return f"/console/{kind}/{record['id']}"
