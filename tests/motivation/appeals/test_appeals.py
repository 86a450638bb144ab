"""A rep appeals an entry, the office decides, and the ledger says what came of it (P5)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.motivation.points import service as points
from tests.factories.appeals import BOOKED_AT, REASON, WORDS, make_attachment, make_entry, send_file
from tests.factories.territories import make_rep
from tests.motivation.appeals.conftest import Office

PENALTY = ("PENALTY", -10, "")
FORTNIGHT, SECOND = timedelta(days=14), timedelta(seconds=1)


def kind(answer: Any) -> tuple[int, str]:
    """Status and type of a problem."""
    return answer.status_code, answer.json()["type"].removeprefix("/problems#")


def steps(answer: Any) -> list[tuple[str, int]]:
    """What happened, and in which instance."""
    return [(step["kind"], step["instance"]) for step in answer.json()["steps"]]


async def test_a_penalty_is_appealed_granted_and_reversed(office: Office) -> None:
    photo = (await send_file(office.api, office.device)).json()["id"]
    submitted = await office.appeal(attachment_ids=[photo])
    assert submitted.status_code == 201, submitted.text
    appeal = submitted.json()
    assert (appeal["status"], appeal["instance"], appeal["text"]) == ("open", 1, WORDS)
    assert appeal["entry"]["reversal_id"] is None
    assert [file["id"] for file in appeal["attachments"]] == [photo]
    decided = await office.decide(appeal["id"], office.supervisor, "granted")
    assert decided.status_code == 200, decided.text
    assert await office.ledger() == [PENALTY, ("REVERSAL", 10, "appeal_granted")]
    told = decided.json()
    assert told["entry"]["reversal_id"] is not None
    assert (told["decide_by"], told["take_further_by"], told["overdue"]) == (None, None, False)
    assert [(step["kind"], step["text"], step["taken_by"]) for step in told["steps"]] == [
        ("submitted", WORDS, f"device:{office.rep.code}"),
        ("granted", REASON, f"user:{office.supervisor_name}"),
    ]
    assert (await office.api.get(f"/v1/appeals/{appeal['id']}", headers=office.device)).json() == told


async def test_a_rejected_appeal_costs_what_the_entry_cost(office: Office) -> None:
    appeal = (await office.appeal()).json()
    rejected = await office.decide(appeal["id"], office.supervisor, "rejected")
    assert rejected.json()["status"] == "rejected"
    assert await office.ledger() == [PENALTY]


async def test_the_same_appeal_again_is_answered_as_it_stands_and_another_is_a_conflict(office: Office) -> None:
    photos = [(await send_file(office.api, office.device)).json()["id"] for _ in range(2)]
    id_ = str(uuid4())
    body: dict[str, Any] = {"id": id_, "attachment_ids": photos}
    first = await office.appeal(**body)
    again = await office.appeal(**body | {"attachment_ids": photos[::-1]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    for changed in ({"text": "Other words."}, {"attachment_ids": photos[:1]}):
        assert kind(await office.appeal(**body | changed)) == (409, "appeal-id-taken")
    await office.decide(id_, office.supervisor, "granted")
    late = await office.appeal(**body)
    assert (late.status_code, late.json()["status"]) == (200, "granted")


async def test_an_entry_is_appealed_once(office: Office) -> None:
    assert (await office.appeal()).status_code == 201
    assert kind(await office.appeal()) == (409, "entry-appealed")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "AWARD", "rule": "order_on_time", "points": 1}, "nothing-to-appeal"),
        ({"kind": "REVERSAL", "points": 10, "reverses_id": 1, "source_type": "entry"}, "nothing-to-appeal"),
        ({"points": 0}, "nothing-to-appeal"),
        ({"booked_at": BOOKED_AT + timedelta(hours=1) - FORTNIGHT - SECOND}, "appeal-too-late"),
    ],
)
async def test_what_cost_nothing_or_is_long_ago_cannot_be_appealed(
    office: Office, session: AsyncSession, fields: dict[str, Any], problem: str
) -> None:
    entry = await make_entry(session, office.rep, **fields)
    assert kind(await office.appeal(entry.id)) == (409, problem)


@pytest.mark.parametrize("of", ["AWARD", "REVERSAL"])
async def test_what_took_points_back_can_be_appealed_and_is_given_back(
    office: Office, session: AsyncSession, of: str
) -> None:
    taken_back = {"rule": "order_on_time", "kind": "REVERSAL", "points": -1, "source_type": "entry", "source_id": None}
    given: dict[str, Any] = {"rule": "order_on_time", "kind": of, "points": 1}
    if of == "REVERSAL":
        given["reverses_id"] = office.entry.id
    before = await make_entry(session, office.rep, **given)
    entry = await make_entry(session, office.rep, **taken_back, reverses_id=before.id)
    appeal = (await office.appeal(entry.id)).json()
    await office.decide(appeal["id"], office.supervisor, "granted")
    assert (await office.ledger())[-1] == ("REVERSAL", 1, "appeal_granted")


async def test_an_entry_of_a_fortnight_ago_can_still_be_appealed(office: Office, the_clock: clock.SetClock) -> None:
    the_clock.move_to(BOOKED_AT + FORTNIGHT)
    assert (await office.appeal()).status_code == 201


async def test_an_entry_that_was_reversed_cannot_be_appealed(office: Office, session: AsyncSession) -> None:
    await points.reverse(session, {office.entry.id: "captured_before_cutoff"}, BOOKED_AT)
    await session.flush()
    assert kind(await office.appeal()) == (409, "entry-reversed")


async def test_granting_what_was_reversed_meanwhile_takes_nothing_back_twice(
    office: Office, session: AsyncSession
) -> None:
    appeal = (await office.appeal()).json()
    await points.reverse(session, {office.entry.id: "captured_before_cutoff"}, BOOKED_AT)
    await session.flush()
    assert (await office.decide(appeal["id"], office.supervisor, "granted")).status_code == 200
    assert await office.ledger() == [PENALTY, ("REVERSAL", 10, "captured_before_cutoff")]


async def test_an_entry_of_a_colleague_and_one_that_is_not_there_are_the_same(
    office: Office, session: AsyncSession
) -> None:
    entry = await make_entry(session, await make_rep(session, office.territory))
    for entry_id in (entry.id, entry.id + 1_000_000, 2**63 - 1):
        assert kind(await office.appeal(entry_id)) == (404, "points-entry-not-found")


@pytest.mark.parametrize(
    "fields",
    [
        {"text": ""},
        {"text": " \n"},
        {"text": "x" * 2001},
        {"text": None},
        {"id": "x"},
        {"attachment_ids": ["x"]},
        {"attachment_ids": [str(uuid4())] * 2},
        {"attachment_ids": [str(uuid4()) for _ in range(11)]},
    ],
)
async def test_an_appeal_needs_words_and_ten_files_at_most(office: Office, fields: dict[str, Any]) -> None:
    assert kind(await office.appeal(**fields)) == (422, "invalid")


async def test_only_ones_own_files_can_be_attached_and_each_once(office: Office, session: AsyncSession) -> None:
    other_entry = await make_entry(session, office.rep)
    used, fresh = [(await send_file(office.api, office.device)).json()["id"] for _ in range(2)]
    assert (await office.appeal(attachment_ids=[used])).status_code == 201
    foreign = str((await make_attachment(session, await make_rep(session, office.territory))).id)
    refused = await office.appeal(other_entry.id, attachment_ids=[fresh, used, str(uuid4()), foreign])
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/attachment_ids/1", "attached_elsewhere"),
        ("/attachment_ids/2", "unknown_attachment"),
        ("/attachment_ids/3", "unknown_attachment"),
    ]
    assert (await office.appeal(other_entry.id, attachment_ids=[fresh])).status_code == 201


async def test_a_decision_is_answered_alike_when_it_is_repeated_and_another_is_a_conflict(office: Office) -> None:
    appeal = (await office.appeal()).json()
    first = await office.decide(appeal["id"], office.supervisor, "rejected")
    assert (await office.decide(appeal["id"], office.supervisor, "rejected")).json() == first.json()
    for outcome, reason in (("granted", REASON), ("rejected", "Another reason.")):
        assert kind(await office.decide(appeal["id"], office.supervisor, outcome, reason)) == (409, "appeal-decided")
    assert kind(await office.decide(appeal["id"], office.admin, "granted")) == (409, "appeal-decided")


async def test_a_decision_needs_a_reason(office: Office) -> None:
    appeal = (await office.appeal()).json()
    assert kind(await office.decide(appeal["id"], office.supervisor, "granted", " ")) == (422, "invalid")


async def test_a_rejected_appeal_is_taken_to_an_admin_once(office: Office) -> None:
    id_ = (await office.appeal()).json()["id"]
    assert kind(await office.take_further(id_)) == (409, "appeal-not-rejected")
    rejected = await office.decide(id_, office.supervisor, "rejected")
    assert rejected.json()["take_further_by"] == "2026-12-07T16:00:00Z"
    further = await office.take_further(id_)
    assert (further.status_code, further.json()["status"], further.json()["instance"]) == (200, "open", 2)
    assert (await office.take_further(id_)).json() == further.json()
    assert kind(await office.take_further(id_, "And one more thing.")) == (409, "appeal-taken-further")

    assert kind(await office.decide(id_, office.supervisor, "granted")) == (403, "admin-decides")
    repeated = await office.decide(id_, office.supervisor, "rejected")
    assert (repeated.status_code, repeated.json()["status"]) == (200, "open")
    granted = await office.decide(id_, office.admin, "granted")
    assert steps(granted) == [("submitted", 1), ("rejected", 1), ("taken_further", 2), ("granted", 2)]
    assert await office.ledger() == [PENALTY, ("REVERSAL", 10, "appeal_granted")]


async def test_an_admin_who_rejects_in_the_words_of_the_first_rejection_decides_for_good(office: Office) -> None:
    id_ = (await office.appeal()).json()["id"]
    await office.decide(id_, office.admin, "rejected")
    await office.take_further(id_)
    rejected = await office.decide(id_, office.admin, "rejected")
    assert steps(rejected) == [("submitted", 1), ("rejected", 1), ("taken_further", 2), ("rejected", 2)]
    assert (rejected.json()["status"], rejected.json()["take_further_by"]) == ("rejected", None)
    assert kind(await office.take_further(id_, "Once more.")) == (409, "appeal-taken-further")
    assert await office.ledger() == [PENALTY]


@pytest.mark.parametrize(("after", "status"), [(FORTNIGHT, 200), (FORTNIGHT + SECOND, 409)])
async def test_a_rejection_is_taken_further_within_a_fortnight(
    office: Office, the_clock: clock.SetClock, after: timedelta, status: int
) -> None:
    id_ = (await office.appeal()).json()["id"]
    rejected_at = BOOKED_AT + timedelta(days=20)
    the_clock.move_to(rejected_at)
    await office.decide(id_, office.supervisor, "rejected")
    the_clock.move_to(rejected_at + after)
    assert (await office.take_further(id_)).status_code == status
