"""Who is told what of an entry: never more than the reader could read directly (decision 52)."""

from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient

from app.closing.explanations import service as explanations
from app.ground.web.access import Caller, CallerKind, Role, Scope
from app.masters.territories.models import Rep
from app.motivation.points.models import PointsEntry
from tests.closing.explanations import worlds
from tests.closing.explanations.conftest import Kiosk, athens
from tests.conftest import Statements
from tests.factories.identity import make_client, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit


async def test_an_unknown_entry_is_not_found(kiosk: Kiosk) -> None:
    await worlds.no_check_in(kiosk)
    for entry_id in (7_000_000, 2**63 - 1):
        answer = await kiosk.asked(entry_id, kiosk.device)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems#points-entry-not-found")
    assert (await kiosk.asked(2**63, kiosk.device)).status_code == 422


async def test_an_entry_out_of_sight_is_not_found(session: AsyncSession, kiosk: Kiosk) -> None:
    await worlds.no_check_in(kiosk)
    colleague = await make_device(session, await make_rep(session, kiosk.day.territory))
    stranger = await make_user(session, Role.SUPERVISOR, await make_territory(session))
    entry_id = await kiosk.entry("late_order", "PENALTY")
    for caller, status in ((colleague, 404), (stranger, 404), (kiosk.supervisor, 200), (kiosk.device, 200)):
        assert (await kiosk.asked(entry_id, caller)).status_code == status
    operator = await make_user(session, Role.OPERATOR, kiosk.day.territory)
    bare = await make_client(session, Scope.VISITS_READ)
    for stranger_to_points in (operator, bare):
        assert (await kiosk.asked(entry_id, stranger_to_points)).status_code == 403


@pytest.mark.parametrize(
    ("scopes", "types"),
    [
        ([], {"points_policy"}),
        ([Scope.ORDERS_READ], {"points_policy"}),
        ([Scope.VISITS_READ], {"points_policy", "visit", "check_in"}),
        ([Scope.VISITS_READ, Scope.ORDERS_READ], {"points_policy", "visit", "check_in", "order"}),
        ([Scope.VISITS_READ, Scope.CUTOFF_RUN], {"points_policy", "visit", "check_in", "cutoff_run"}),
    ],
    ids=["nothing", "orders", "visits", "visits and orders", "visits and days"],
)
async def test_a_client_is_sent_to_what_its_scopes_let_it_read(
    session: AsyncSession, kiosk: Kiosk, scopes: list[Scope], types: set[str]
) -> None:
    await worlds.a_check_in_elsewhere(kiosk)
    client = await make_client(session, Scope.POINTS_READ, *scopes)
    answer = await kiosk.explained("late_order", to=client)
    assert {record["type"] for record in answer["records"]} == types
    order = await kiosk.only_order()
    assert (str(order.id) in str(answer)) is (Scope.ORDERS_READ in scopes and Scope.VISITS_READ in scopes)
    assert ("16:58" in answer["text"]) is ("order" in types)
    assert ("Kiosk Nikos" in answer["text"]) is ("visit" in types)
    assert ("Bakery" in answer["text"]) is ("order" in types)


@pytest.mark.parametrize("scopes", [[Scope.VISITS_READ], [Scope.VISITS_READ, Scope.ORDERS_READ]])
async def test_what_a_refused_form_said_is_told_to_clients_that_read_orders(
    session: AsyncSession, kiosk: Kiosk, scopes: list[Scope]
) -> None:
    await worlds.a_refused_form(kiosk)
    answer = await kiosk.explained("missed_order", to=await make_client(session, Scope.POINTS_READ, *scopes))
    assert bool(answer["facts"]["refused_forms"]) is (Scope.ORDERS_READ in scopes)
    assert ("was refused: " in answer["text"]) is (Scope.ORDERS_READ in scopes)
    assert "an order form that was refused may still be sent again" in answer["text"]


async def test_a_check_in_at_an_outlet_out_of_sight_is_told_without_it(session: AsyncSession, kiosk: Kiosk) -> None:
    foreign = await make_outlet(session, await make_territory(session), name="Far Shop")
    await kiosk.check_in(athens(16, 40), foreign, distance_m=12.5)
    await kiosk.close()
    await kiosk.order(worlds.LATE, worlds.FOUR_PAST)
    await kiosk.settle(worlds.FOUR_PAST)
    for reader in (kiosk.device, kiosk.supervisor):
        answer = await kiosk.explained("late_order", to=reader)
        assert "was at another outlet at 16:40" in answer["text"]
        assert not {"Far Shop", foreign.code, "12.5"} & set(str(answer).split("'"))


async def test_what_a_colleague_did_is_not_told_to_a_rep(session: AsyncSession, kiosk: Kiosk) -> None:
    colleague = await make_rep(session, kiosk.day.territory, name="Kostas")
    await kiosk.close()
    await kiosk.order(worlds.LATE, worlds.FOUR_PAST, rep=colleague)
    await kiosk.settle(worlds.FOUR_PAST)
    answer = await kiosk.explained("late_order")
    # the order covers the rep's own visit, so it may be read (O5); its rep stays unnamed
    assert "An order by handheld of 16:58 came at 17:04" in answer["text"]
    assert not {colleague.code, "Kostas"} & set(str(answer).replace("'", " ").split())


async def test_a_doubt_is_named_to_a_rep_and_told_whole_to_staff(kiosk: Kiosk) -> None:
    await worlds.a_dumped_order(kiosk)
    to_rep = await kiosk.explained("dumped_order")
    to_staff = await kiosk.explained("dumped_order", to=kiosk.supervisor)
    signal = await kiosk.only_signal()
    for hidden in ("user:sofia", "I phoned the shop.", str(signal.id)):
        assert hidden not in str(to_rep), hidden
        assert hidden in str(to_staff), hidden


async def test_an_entry_whose_records_are_gone_is_explained_by_what_it_says(
    session: AsyncSession, kiosk: Kiosk
) -> None:
    await kiosk.close()
    entry = (await session.scalars(select(PointsEntry))).one()
    make_transient(entry)
    entry.id, entry.source_id = entry.id + 1, UUID("019aae0f-8000-8c12-9a51-6e0f5b1d2c3a")
    session.add(entry)
    answer = await kiosk.explained("missed_order")
    assert answer["text"] == (
        "−10 points by the rule missed order, for Monday 23 November. What it was booked for is outside of your sight, "
        "or no longer kept."
    )
    assert answer["would_have_changed_it"] == ["Still possible: an appeal, until 17:00 on Monday 7 December."]


async def test_a_supervisor_of_the_territory_that_a_rep_has_moved_to_is_told_the_entry_and_not_the_visit(
    session: AsyncSession, kiosk: Kiosk
) -> None:
    await worlds.no_check_in(kiosk)
    elsewhere = await make_territory(session)
    await session.execute(update(Rep).where(Rep.id == kiosk.day.rep.id).values(territory_id=elsewhere.id))
    answer = await kiosk.explained("late_order", to=await make_user(session, Role.SUPERVISOR, elsewhere))
    assert "Kiosk Nikos" not in str(answer)
    assert [record["type"] for record in answer["records"]] == ["points_policy"]


@pytest.mark.parametrize("others", [0, 12])
async def test_an_explanation_takes_ten_statements_at_the_most(
    session: AsyncSession, statements: Statements, kiosk: Kiosk, others: int
) -> None:
    bakery = await make_outlet(session, kiosk.day.territory)
    await make_visit(session, kiosk.day.rep, bakery)
    for number in range(others):
        await kiosk.check_in(athens(15, number), bakery)
        await make_order(session, kiosk.day.outlet, received_at=athens(18), corrected_at=athens(18))
    await worlds.a_doubted_proof(kiosk)
    entry_id = await kiosk.entry("late_order", "PENALTY")
    reader = Caller(
        kind=CallerKind.DEVICE,
        subject=str(kiosk.device.id),
        name=kiosk.day.rep.code,
        rep_id=kiosk.day.rep.id,
        territory_ids=frozenset({kiosk.day.territory.id}),
    )
    await session.flush()
    await statements.taken()
    explained = await explanations.explain(session, reader, entry_id)
    asked = await statements.taken()
    assert explained.provisional
    assert len(asked) == 10, "\n".join(asked)
