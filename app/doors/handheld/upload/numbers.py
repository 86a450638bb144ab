"""How a device has numbered what an upload brings, and what the server has of it then: pure functions."""

from datetime import date
from uuid import UUID

from app.doors.handheld.upload.records import sequence_of
from app.doors.handheld.upload.rules import OpenedUpload
from app.field.risk_signals.service import DeviceNumbers
from app.field.watermarks.rules import (
    CounterRestart,
    SyncState,
    after_upload,
    contains,
    highest_known,
    missing_of,
)


def used_numbers(upload: OpenedUpload) -> list[tuple[UUID, int, UUID]]:
    """(device, number, event id) of numbers that had arrived before: perhaps with another event.

    Those of an earlier count say nothing, nor those of a rejected event, which may come again under another id.
    """
    state = upload.facts.state
    rejected = {rejection.sequence for rejection in upload.facts.rejections}
    return [
        (upload.reporter.device_id, number, event.id)
        for event in upload.events
        if (number := event.clock.sequence) and number not in rejected and contains(state.received, number)
    ]


def numbers_given_twice(upload: OpenedUpload) -> set[int]:
    """The numbers that it gives to two events of its own."""
    ids: dict[int, set[str]] = {}
    for event in upload.upload.events:
        number = sequence_of(event)
        if number and event.id:
            ids.setdefault(number, set()).add(str(event.id))
    return {number for number, of_number in ids.items() if len(of_number) > 1}


def state_after(upload: OpenedUpload, restart: CounterRestart | None) -> SyncState:
    """What the server has of the device after the upload, as if nothing held its watermark.

    What has a sequence has arrived, whatever becomes of it. A 0 comes from a device that counts from 0. Its event is as
    good as any, and nothing waits for it.
    """
    sequences = [number for event in upload.upload.events if (number := sequence_of(event))]
    times = {stamp.sequence: stamp.corrected_at for stamp in upload.stamps if stamp.sequence and stamp.trusted}
    return after_upload(upload.facts.state, sequences, upload.heard, times, restart)


def changed_numbers(
    upload: OpenedUpload, state: SyncState, restart: CounterRestart | None, business_date: date
) -> DeviceNumbers | None:
    """How the device has numbered what it recorded, up to what it claimed or what arrived (V6).

    None where nothing is missing, nothing was before, and nothing proves that it began anew. A phone that goes on
    counting where another of the rep's stood is not said to have lost what that one sent.
    """
    missing = missing_of(state)
    if not (missing or restart or missing_of(upload.facts.state)):
        return None
    if missing and missing[0][0] == 1 and contains(upload.facts.elsewhere, missing[0][1] - 1):
        missing = missing[1:]
    return DeviceNumbers(upload.reporter.device_id, business_date, highest_known(state), missing, restart)
