"""What became of each row of an upsert. A single PUT is a batch of one, so that both are judged by the same code.

Why a PUT is an import of one row: decision 14.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from fastapi import Response

from app.ground.db.upserts import Master
from app.ground.errors import FieldProblem, Invalid
from app.ground.web.versions import Precondition, set_etag

Key = TypeVar("Key", bound=Hashable)
Body = TypeVar("Body")


class UpsertStatus(StrEnum):
    """What an upsert did with a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Upserted:
    """One row's fate. `version` is the one after the upsert, where the record has versions."""

    status: UpsertStatus
    version: int | None = None
    problems: tuple[FieldProblem, ...] = ()

    @property
    def previous_version(self) -> int | None:
        """The version before the upsert; None where there was no such record."""
        if self.status is UpsertStatus.UPDATED and self.version is not None:
            return self.version - 1
        return self.version if self.status is UpsertStatus.UNCHANGED else None


class Batch(Generic[Key, Body]):
    """Rows on their way into the database. Each is settled once, rejected or done; what waits goes on."""

    def __init__(self, rows: Sequence[tuple[Key, Body]]) -> None:
        """`rows` are (key, body). Rows with one key are told in order: what a later one says, counts."""
        self._rows = rows
        self._outcomes: list[Upserted | None] = [None] * len(rows)

    def waiting(self) -> Iterator[tuple[int, Body]]:
        """The rows not settled yet, with their places."""
        return ((place, body) for place, (_, body) in enumerate(self._rows) if self._outcomes[place] is None)

    def by_key(self) -> dict[Key, list[Body]]:
        """The rows not settled yet by their keys, those of one key in the order given."""
        bodies: dict[Key, list[Body]] = {}
        for place, body in self.waiting():
            bodies.setdefault(self._rows[place][0], []).append(body)
        return bodies

    def reject(self, place: int, problems: Iterable[FieldProblem]) -> None:
        """Refuse a row."""
        self._outcomes[place] = Upserted(UpsertStatus.REJECTED, problems=tuple(problems))

    def settle(self, place: int, *, created: bool, changed: bool, version: int | None = None) -> None:
        """Tell what was done with a row."""
        status = UpsertStatus.UPDATED if changed else UpsertStatus.UNCHANGED
        self._outcomes[place] = Upserted(UpsertStatus.CREATED if created else status, version)

    def settle_masters(self, masters: Mapping[Key, Master | tuple[FieldProblem, ...]]) -> None:
        """Tell what was done with the rows that wait, by their keys."""
        for place, _ in list(self.waiting()):
            master = masters[self._rows[place][0]]
            if isinstance(master, Master):
                self.settle(place, created=master.created, changed=master.changed, version=master.version)
            else:
                self.reject(place, master)

    def outcomes(self) -> list[Upserted]:
        """Every row's fate, in the order given. Raises ValueError where a row was forgotten."""
        settled = [outcome for outcome in self._outcomes if outcome is not None]
        if len(settled) != len(self._outcomes):
            raise ValueError("a row of the batch was never settled")
        return settled


def check_code(code: str, in_body: str | None) -> None:
    """Raise Invalid where a body names another code than the path."""
    if in_body is not None and in_body != code:
        raise Invalid(
            "The body is about another code than the path.",
            errors=[FieldProblem("/code", "mismatch", f"Send {code}, as in the path, or leave it out.")],
        )


def answer_put(done: Upserted, condition: Precondition, response: Response) -> None:
    """Answer a PUT or PATCH: 201 or 200 with the ETag. Raises Invalid, or StaleVersion (then nothing is committed)."""
    if done.status is UpsertStatus.REJECTED:
        raise Invalid("The body breaks a rule.", errors=done.problems)
    # checked after the write, which holds the row's lock: nobody can come between
    condition.check(done.previous_version)
    response.status_code = 201 if done.status is UpsertStatus.CREATED else 200
    if done.version is not None:
        set_etag(response, done.version)
