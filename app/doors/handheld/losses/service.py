"""Give up what was rejected or got lost, revoke a handheld: penalties that waited for it become final (C4)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import finalise_passed
from app.doors.handheld.losses.errors import RejectedEventNotFound, RejectedEventSettled
from app.doors.order_taking.service import lock_rep
from app.field.rejected_events import service as rejected_events
from app.field.rejected_events.records import ListedRejection, RejectionKind, RejectionOutcome
from app.field.watermarks import service as watermarks
from app.field.watermarks.rules import SyncState, given_up, held
from app.field.watermarks.service import DeviceUpload
from app.ground import clock
from app.ground.audit.service import ChangeAuthor
from app.ground.db import barrier
from app.ground.events import service as events
from app.masters.identity import devices
from app.masters.identity.devices import ListedHandheld


async def give_up(
    session: AsyncSession, territory_ids: Collection[int] | None, id_: UUID, *, by: str
) -> ListedRejection:
    """Wait no longer for an event; the device's watermark moves as if it had come. Again is no error.

    Raises RejectedEventNotFound out of scope, RejectedEventSettled where it came after all.
    """
    rejection = await _rejection(session, territory_ids, id_)
    before = await watermarks.lock_state(session, rejection.device_id)
    await lock_rep(session, rejection.rep_id)
    await barrier.enter(session, rejection.territory_id)
    rejection = await _rejection(session, territory_ids, id_)
    if rejection.settled_at is not None:
        if rejection.outcome != RejectionOutcome.GIVEN_UP:
            raise RejectedEventSettled
        return rejection
    at = clock.now()
    await rejected_events.give_up(session, id_, by, at)
    if before is not None:
        after = held(_without(before, rejection), before, at)
        await watermarks.save_states(session, [DeviceUpload(rejection.device_id, after)], None)
    # all that the rep's devices have told: a refused form holds its outlet's penalty without holding a watermark
    await finalise_passed(session, [rejection.rep_id], at)
    settled = await _rejection(session, territory_ids, id_)
    await events.record(session, "rejected_event.given_up", settled.territory_id, _told(settled, by), at)
    return settled


async def revoke(
    session: AsyncSession, device_id: UUID, territory_ids: Collection[int] | None, author: ChangeAuthor
) -> ListedHandheld:
    """Revoke a lost or retired handheld: nobody waits for what it has not told (C4). Raises NotFound out of scope."""
    at = clock.now()
    handheld = await devices.revoke(session, device_id, territory_ids, at, author)
    await finalise_passed(session, [handheld.rep_id], at)
    return handheld


async def _rejection(session: AsyncSession, territory_ids: Collection[int] | None, id_: UUID) -> ListedRejection:
    rejection = await rejected_events.by_id(session, territory_ids, id_)
    if rejection is None:
        raise RejectedEventNotFound
    return rejection


def _without(state: SyncState, rejection: ListedRejection) -> SyncState:
    first, last = rejection.first_sequence, rejection.last_sequence
    if rejection.kind == RejectionKind.LOST and first is not None and last is not None:
        return given_up(state, ((first, last + 1),))
    return given_up(state, ())


def _told(rejection: ListedRejection, by: str) -> dict[str, object]:
    return {
        "id": str(rejection.id),
        "kind": rejection.kind,
        "rep_code": rejection.rep_code,
        "device_id": str(rejection.device_id),
        "by": by,
    }
