"""A lane lingers between two groups where others are about to come, and keeps nobody waiting who comes alone."""

import asyncio
from uuid import uuid4

import pytest

from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload import lanes
from app.doors.handheld.upload.lanes import MOST_EVENTS_TOGETHER, MOST_TOGETHER, Lanes, WaitingUpload
from app.doors.handheld.upload.records import Sending, Upload
from app.doors.handheld.upload.schemas import read_event


@pytest.fixture(autouse=True)
def for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lingers does so until the others have come."""
    monkeypatch.setattr(lanes, "LINGER_S", 3_600)


def an_upload(events: int = 1) -> WaitingUpload:
    unread = [read_event({"type": "check_in", "number": number}) for number in range(events)]
    upload = Upload(Reporter(uuid4(), 1, "R-1", 1), Sending(None, None, None), unread)
    return WaitingUpload(upload, asyncio.get_running_loop().create_future())


def lanes_with(*waiting: WaitingUpload, big: bool = False) -> Lanes:
    lane = Lanes(big=big, most=1)
    for upload in waiting:
        lane.enter(upload)
    return lane


async def lingering(lane: Lanes, answered: int) -> asyncio.Task[None]:
    task = asyncio.create_task(lane.linger(answered))
    await asyncio.sleep(0)
    return task


async def test_after_one_upload_that_came_alone_nobody_lingers() -> None:
    await lanes_with().linger(answered=1)


async def test_a_lane_waits_until_those_whom_it_has_answered_have_come_again() -> None:
    lane = lanes_with(an_upload())
    task = await lingering(lane, answered=2)
    lane.enter(an_upload())
    await asyncio.sleep(0)
    assert not task.done()
    lane.enter(an_upload())
    await task


async def test_a_lane_waits_no_longer_than_a_moment_for_those_who_do_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "LINGER_S", 0)
    await lanes_with(an_upload()).linger(answered=2)


async def test_who_gives_up_meanwhile_is_not_counted() -> None:
    gone = an_upload()
    lane = lanes_with(gone)
    task = await lingering(lane, answered=1)
    lane.leave(gone)
    lane.enter(an_upload())
    await asyncio.sleep(0)
    assert not task.done()
    lane.enter(an_upload())
    await task


@pytest.mark.parametrize(("uploads", "events"), [(MOST_TOGETHER, 1), (4, MOST_EVENTS_TOGETHER // 4)])
async def test_where_a_group_is_full_it_begins_at_once(uploads: int, events: int) -> None:
    await lanes_with(*(an_upload(events) for _ in range(uploads))).linger(answered=8)


async def test_big_uploads_go_alone_and_wait_for_none() -> None:
    await lanes_with(an_upload(), big=True).linger(answered=1)
