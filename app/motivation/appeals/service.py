"""Use cases of appeals: submitting one, deciding it, taking it further, telling that nobody decides (P5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.attachments import service as attachments
from app.ground.attachments.service import SentAttachment
from app.ground.audit.service import SYSTEM
from app.ground.events import service as events
from app.ground.receipts.service import Claim, ClaimStatus, claim, content_digest
from app.ground.web.access import Caller, Role
from app.motivation.appeals import queries, rules
from app.motivation.appeals.errors import (
    AppealIdTaken,
    AppealNotFound,
    EntryAppealed,
)
from app.motivation.appeals.rules import (
    FIRST,
    SECOND,
    AppealOutcome,
    AppealRecord,
    AppealStepKind,
    Step,
)
from app.motivation.points import service as points
from app.motivation.points.errors import PointsEntryNotFound

KIND = "appeal"
"""Of receipts, and of what attachments are attached to."""


@dataclass(frozen=True, slots=True)
class WholeAppeal:
    """An appeal with what happened to it, and the files that came with it."""

    record: AppealRecord
    steps: Sequence[Step]
    attachments: Sequence[SentAttachment]


async def submit(
    session: AsyncSession,
    caller: Caller,
    entry_id: int,
    *,
    id_: UUID,
    words: str,
    attachment_ids: Sequence[UUID],
    at: datetime,
) -> tuple[WholeAppeal, bool]:
    """A rep appeals an entry of its own ledger; answers the appeal, and whether it is new.

    The same id and content again changes nothing, whatever has become of the entry. Raises PointsEntryNotFound,
    AppealIdTaken, what `rules.must_be_appealable` raises, and Invalid for attachments.
    """
    own = None if caller.rep_id is None else await queries.entry_of_rep(session, caller.rep_id, entry_id)
    if caller.rep_id is None or own is None:
        raise PointsEntryNotFound
    entry, appealed = own
    content = {
        "entry_id": entry_id,
        "text": words,
        "attachment_ids": sorted(str(file_id) for file_id in attachment_ids),
    }
    digest = content_digest(KIND, str(caller.rep_code), content)
    claimed = (await claim(session, [Claim(id_, KIND, digest, entry.business_date)], at))[id_]
    if claimed.status is ClaimStatus.CONFLICT:
        raise AppealIdTaken
    if claimed.status is ClaimStatus.DUPLICATE:
        return await appeal_in_sight(session, caller, id_), False
    rules.must_be_appealable(entry, appealed=appealed, now=at)
    if not await queries.insert_appeal(session, id_, entry_id, caller.rep_id, at):
        raise EntryAppealed
    await queries.insert_step(session, id_, 1, Step(AppealStepKind.SUBMITTED, FIRST, words, at, caller.actor))
    await attachments.attach(session, attachment_ids, rep_id=caller.rep_id, attached_to=KIND, record_id=id_, at=at)
    appeal = await appeal_in_sight(session, caller, id_)
    await _tell(session, "submitted", [appeal.record], at)
    return appeal, True


async def decide(
    session: AsyncSession, caller: Caller, id_: UUID, outcome: AppealOutcome, reason: str, at: datetime
) -> WholeAppeal:
    """Grant or reject an appeal; granted, the entry is reversed. The same decision again changes nothing.

    Raises AppealNotFound, AppealDecided where it was decided otherwise, AdminDecides for a supervisor where it was
    taken further.
    """
    record = await _locked(session, caller, id_)
    steps = (await queries.steps_of(session, [id_]))[id_]
    by_admin = caller.role is Role.ADMIN
    if rules.is_repeated(record, steps, outcome, reason, by_admin=by_admin):
        return await appeal_in_sight(session, caller, id_)
    rules.must_be_decidable(record, by_admin=by_admin)
    step = Step(AppealStepKind(outcome.value), record.instance, reason, at, caller.actor)
    await queries.insert_step(session, id_, len(steps) + 1, step)
    await queries.set_decided(session, id_, outcome, at)
    if outcome is AppealOutcome.GRANTED:
        await points.hold_policy(session)
        await points.pardon(session, record.entry.id, appeal_id=id_, at=at)
    appeal = await appeal_in_sight(session, caller, id_)
    await _tell(session, outcome.value, [appeal.record], at, by=caller.actor)
    return appeal


async def take_further(session: AsyncSession, caller: Caller, id_: UUID, words: str, at: datetime) -> WholeAppeal:
    """A rep takes a rejected appeal to an admin. The same words again change nothing.

    Raises AppealNotFound, and what `rules.must_be_takeable_further` raises.
    """
    record = await _locked(session, caller, id_)
    steps = (await queries.steps_of(session, [id_]))[id_]
    if rules.is_taken_further_alike(steps, words):
        return await appeal_in_sight(session, caller, id_)
    rules.must_be_takeable_further(record, at)
    step = Step(AppealStepKind.TAKEN_FURTHER, SECOND, words, at, caller.actor)
    await queries.insert_step(session, id_, len(steps) + 1, step)
    await queries.set_taken_further(session, id_, at)
    appeal = await appeal_in_sight(session, caller, id_)
    await _tell(session, "taken_further", [appeal.record], at)
    return appeal


async def tell_undecided(session: AsyncSession, at: datetime) -> int:
    """Tell the admins, once for each appeal and instance, what has waited for seven days; how many.

    Four statements at the most.
    """
    ids = await queries.note_undecided(session, at, SYSTEM.actor)
    if ids:
        await _tell(session, "undecided", await queries.appeals_by_id(session, ids), at, to_admins=True)
    return len(ids)


async def appeal_in_sight(session: AsyncSession, caller: Caller, id_: UUID) -> WholeAppeal:
    """An appeal that the caller may see, by three statements. Raises AppealNotFound."""
    record = await queries.appeal_by_id(session, caller, id_)
    if record is None:
        raise AppealNotFound
    (appeal,) = await whole(session, [record])
    return appeal


async def whole(session: AsyncSession, records: Sequence[AppealRecord]) -> list[WholeAppeal]:
    """Appeals with their steps and attachments, by two statements."""
    ids = [record.id for record in records]
    steps = await queries.steps_of(session, ids)
    files = await attachments.attached(session, KIND, ids)
    return [WholeAppeal(record, steps[record.id], files.get(record.id, ())) for record in records]


async def count_open(session: AsyncSession, rep_ids: Collection[int]) -> dict[int, int]:
    """How many appeals of these reps nobody has decided, by rep id; none for a rep who has none. One statement."""
    return await queries.count_open(session, rep_ids)


async def is_in_sight(session: AsyncSession, caller: Caller, id_: UUID) -> bool:
    """Whether the caller may see this appeal, and so what is attached to it."""
    return await queries.appeal_by_id(session, caller, id_) is not None


async def _locked(session: AsyncSession, caller: Caller, id_: UUID) -> AppealRecord:
    record = await queries.appeal_by_id(session, caller, id_, lock=True)
    if record is None:
        raise AppealNotFound
    return record


async def _tell(
    session: AsyncSession,
    what: str,
    records: Sequence[AppealRecord],
    at: datetime,
    *,
    by: str | None = None,
    to_admins: bool = False,
) -> None:
    payloads = [
        (None if to_admins else record.territory_id, _payload(record) | ({} if by is None else {"by": by}))
        for record in records
    ]
    await events.record_all(session, f"appeal.{what}", payloads, at)


def _payload(record: AppealRecord) -> dict[str, Any]:
    return {
        "appeal_id": str(record.id),
        "territory_code": record.territory_code,
        "rep_code": record.rep_code,
        "rule": record.entry.rule,
        "points": record.entry.points,
        "business_date": record.entry.business_date.isoformat(),
        "instance": record.instance,
    }
