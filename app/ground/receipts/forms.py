"""Forms with client-made ids that are recorded, told again, and corrected: what becomes of each of a batch.

For what other systems tell of and may correct (D1, D4). The caller judges a form, and writes the records.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import FieldProblem
from app.ground.receipts.form_limits import NO_LONGER_KEPT
from app.ground.receipts.service import Claim, ClaimStatus, Filing, claim, filings

RecordKey = tuple[date, UUID]
"""What a record is filed under, and its id."""


class FormFate(StrEnum):
    """What became of a form."""

    RECORDED = "recorded"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    CONFLICT = "conflict"


class IdentifiedForm(Protocol):
    """What a client has told of, under an id of its own."""

    @property
    def id(self) -> UUID:
        """Client-made."""


class StandingRecord(Protocol):
    """A record that is here already, by the digests of its contents."""

    @property
    def digest(self) -> bytes:
        """Of what stands."""

    @property
    def earlier(self) -> Sequence[bytes]:
        """Of what it said before."""


FormT = TypeVar("FormT", bound=IdentifiedForm)
FormT_co = TypeVar("FormT_co", bound=IdentifiedForm, covariant=True)
StandingT = TypeVar("StandingT", bound=StandingRecord)


class FormRecord(Protocol[FormT_co]):
    """A form as it is to be recorded. `version` 1: it is new, else a correction."""

    @property
    def form(self) -> FormT_co:
        """What was told of."""

    @property
    def key(self) -> RecordKey:
        """What it is filed under, and its id."""

    @property
    def territory_id(self) -> int:
        """Whose it is."""

    @property
    def version(self) -> int:
        """From 1 on."""

    @property
    def digest(self) -> bytes:
        """Of its content."""


RecordT = TypeVar("RecordT", bound=FormRecord[IdentifiedForm])


@dataclass(frozen=True, slots=True)
class FormOutcome(Generic[FormT]):
    """What became of a form. `key`, `version`: of the record as it stands, None where there is none.

    `territory_id`: of what was recorded.
    """

    form: FormT
    fate: FormFate
    key: RecordKey | None = None
    version: int | None = None
    territory_id: int | None = None
    problems: tuple[FieldProblem, ...] = ()

    @property
    def previous_version(self) -> int | None:
        """The version before; None where there was no such record."""
        if self.version is None:
            return None
        return {FormFate.RECORDED: None, FormFate.CORRECTED: self.version - 1}.get(self.fate, self.version)


@dataclass(frozen=True, slots=True)
class Telling:
    """When forms came, from whom, and whether that one knows what stands."""

    at: datetime
    by: str
    knows_what_stands: bool


def says_something_new(standing: StandingRecord, digest: bytes, *, knows_what_stands: bool) -> bool:
    """Whether a content under an id that is here is a correction (D1).

    What stands, told again, is none. What it said before may be an old message that was sent again on the way, and is
    none either, unless its sender knows what stands.
    """
    return digest != standing.digest and (knows_what_stands or digest not in standing.earlier)


def unrecorded(form: FormT, filing: Filing, kind: str) -> FormOutcome[FormT]:
    """What becomes of a form whose id has a receipt, and no record of its `kind`."""
    if filing.kind == kind:
        return FormOutcome(form, FormFate.REFUSED, problems=(NO_LONGER_KEPT,))
    return FormOutcome(form, FormFate.CONFLICT)


async def judge_and_claim(
    session: AsyncSession,
    kind: str,
    forms: Sequence[FormT],
    standing: Mapping[UUID, StandingT],
    judge: Callable[[FormT, StandingT | None], RecordT | FormOutcome[FormT]],
    find_standing: Callable[[AsyncSession, Mapping[UUID, Filing]], Awaitable[Mapping[UUID, StandingT]]],
    at: datetime,
) -> dict[UUID, RecordT | FormOutcome[FormT]]:
    """Judge forms, and claim the ids of those that are new; by form id what is to be recorded, or what became of it.

    `standing`: the records that are here, under lock; `find_standing` finds those of ids that another connection has
    claimed meanwhile. Two statements, and where that has happened two more and its own.
    """
    judged = {form.id: judge(form, standing.get(form.id)) for form in forms}
    new = [record for record in judged.values() if not isinstance(record, FormOutcome) and record.version == 1]
    taken = await _claim(session, kind, new, at)
    if taken:
        # another connection was quicker: its record is here now
        by_now = await find_standing(session, taken)
        for form in (form for form in forms if form.id in taken):
            subject = by_now.get(form.id)
            judged[form.id] = judge(form, subject) if subject else FormOutcome(form, FormFate.CONFLICT)
    return judged


async def _claim(
    session: AsyncSession, kind: str, records: Collection[FormRecord[IdentifiedForm]], at: datetime
) -> dict[UUID, Filing]:
    """Claim the ids of new records; those that somebody else has claimed meanwhile, as what they are filed now."""
    claims = []
    for record in records:
        business_date, id_ = record.key
        claims.append(Claim(id_, kind, record.digest, business_date))
    claimed = await claim(session, claims, at)
    taken = {id_ for id_, answer in claimed.items() if answer.status is not ClaimStatus.NEW}
    return await filings(session, taken) if taken else {}


def outcomes_of(
    forms: Sequence[FormT], judged: Mapping[UUID, FormRecord[FormT] | FormOutcome[FormT]]
) -> list[FormOutcome[FormT]]:
    """What became of each form, in their order, once its record is written."""
    return [_outcome(judged[form.id]) for form in forms]


def _outcome(judged: FormRecord[FormT] | FormOutcome[FormT]) -> FormOutcome[FormT]:
    if isinstance(judged, FormOutcome):
        return judged
    fate = FormFate.RECORDED if judged.version == 1 else FormFate.CORRECTED
    return FormOutcome(judged.form, fate, judged.key, judged.version, judged.territory_id)
