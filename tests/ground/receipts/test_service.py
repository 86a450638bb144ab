from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.receipts.models import EventReceipt
from app.ground.receipts.service import Claim, ClaimStatus, claim, filed_under, recall
from tests.conftest import MONDAY_NOON

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def claim_of(id_: UUID, content: str = "a", day: date = MONDAY) -> Claim:
    return Claim(id_, "order", content.encode().ljust(32), day)


async def test_an_id_is_new_once_and_then_a_duplicate(session: AsyncSession) -> None:
    one = claim_of(uuid4())
    assert (await claim(session, [one], MONDAY_NOON))[one.id].status is ClaimStatus.NEW
    assert (await claim(session, [one], MONDAY_NOON))[one.id].status is ClaimStatus.DUPLICATE


async def test_another_content_under_the_same_id_is_a_conflict_and_the_first_stays(session: AsyncSession) -> None:
    one = claim_of(uuid4())
    await claim(session, [one], MONDAY_NOON)
    again = (await claim(session, [claim_of(one.id, "b", TUESDAY)], MONDAY_NOON))[one.id]
    assert again.status is ClaimStatus.CONFLICT
    assert (again.digest, again.business_date) == (one.digest, MONDAY)


async def test_a_batch_is_answered_id_by_id(session: AsyncSession) -> None:
    known, changed, new = (claim_of(uuid4()) for _ in range(3))
    await claim(session, [known, changed], MONDAY_NOON)
    answers = await claim(session, [known, claim_of(changed.id, "b"), new], MONDAY_NOON)
    assert {id_: answer.status for id_, answer in answers.items()} == {
        known.id: ClaimStatus.DUPLICATE,
        changed.id: ClaimStatus.CONFLICT,
        new.id: ClaimStatus.NEW,
    }


async def test_an_id_twice_in_a_batch_is_claimed_for_the_first(session: AsyncSession) -> None:
    first = claim_of(uuid4(), "a")
    second = claim_of(first.id, "b")
    answer = (await claim(session, [first, second], MONDAY_NOON))[first.id]
    assert (answer.status, answer.digest) == (ClaimStatus.NEW, first.digest)
    assert answer.again(first.digest).status is ClaimStatus.DUPLICATE
    assert answer.again(second.digest).status is ClaimStatus.CONFLICT


async def test_no_claims_ask_nothing(session: AsyncSession) -> None:
    assert await claim(session, [], MONDAY_NOON) == {}
    assert await recall(session, []) == {}


async def test_recalling_claims_nothing(session: AsyncSession) -> None:
    known, unknown = claim_of(uuid4()), claim_of(uuid4())
    await claim(session, [known], MONDAY_NOON)
    answers = await recall(session, [known, unknown])
    assert {id_: answer.status for id_, answer in answers.items()} == {known.id: ClaimStatus.DUPLICATE}
    assert await session.scalar(select(func.count()).where(EventReceipt.id == unknown.id)) == 0


async def test_a_receipt_tells_where_its_record_is_filed(session: AsyncSession) -> None:
    one = claim_of(uuid4(), day=TUESDAY)
    await claim(session, [one], MONDAY_NOON)
    assert await filed_under(session, one.id, "order") == TUESDAY
    assert await filed_under(session, one.id, "check_in") is None
    assert await filed_under(session, uuid4(), "order") is None
