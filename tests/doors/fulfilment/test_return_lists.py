"""Who is shown which returns and figures, whose a return is, and what figures say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.web.access import Role
from tests.csv_reports import report_rows
from tests.doors.fulfilment.conftest import TUESDAY_NOON, Scene
from tests.doors.fulfilment.returning import Returns
from tests.factories.deliveries import make_delivery
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.returns import make_return
from tests.factories.territories import make_rep, make_territory

FIGURES = "/v1/fulfilment-figures?from=2026-11-01&to=2026-11-30"


@pytest.fixture(autouse=True)
def thursday(the_clock: clock.SetClock, tuesday: None) -> None:
    the_clock.move_to(TUESDAY_NOON + timedelta(days=2))


@pytest.fixture
async def returns(scene: Scene, session: AsyncSession, thursday: None) -> Returns:
    delivery = await make_delivery(session, scene.outlet, scene.order, (scene.chocolate, 12, 12), (scene.wafer, 6, 6))
    return Returns(scene, str(delivery.form.id))


async def listed(returns: Returns, query: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    answer = await returns.scene.api.get(f"/v1/returns?{query}", headers=headers or returns.scene.supervisor)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def figures(returns: Returns, query: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = await returns.scene.api.get(f"{FIGURES}{query}", headers=headers or returns.scene.supervisor)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_returns_are_listed_by_day_outlet_delivery_rep_and_party_page_by_page(
    returns: Returns, session: AsyncSession
) -> None:
    scene = returns.scene
    other = await make_outlet(session, scene.territory)
    named, damaged, early = (
        returns.body((scene.chocolate, 1)),
        returns.body((scene.wafer, 1, "damaged"), delivery_id=None),
        returns.body(
            (scene.nuts, 1), delivery_id=None, outlet_code=other.code, returned_at="2026-11-20T10:00:00+02:00"
        ),
    )
    for body in (named, damaged, early):
        assert (await returns.tell(body)).status_code == 201
    everything = [item["id"] for item in await listed(returns, "")]
    assert everything[2] == early["id"]
    assert set(everything) == {named["id"], damaged["id"], early["id"]}
    for query, expected in {
        f"delivery_id={returns.delivery_id}": [named["id"]],
        f"outlet_code={other.code}": [early["id"]],
        f"territory_code={scene.territory.code}&to=2026-11-24": [early["id"]],
        "territory_code=none": [],
        "rep_code=none": [],
        f"rep_code={scene.rep.code}&answered_by=rep": [named["id"]],
        "answered_by=carrier": [damaged["id"]],
        "from=2026-11-21&answered_by=rep": [named["id"]],
    }.items():
        assert [item["id"] for item in await listed(returns, query)] == expected, query
    paged: list[str] = []
    cursor = ""
    while True:
        path = f"/v1/returns?limit=1{cursor}"
        page = (await scene.api.get(path, headers=scene.supervisor)).json()
        paged += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert paged == everything


async def test_a_return_that_names_no_delivery_is_of_the_rep_whose_order_brought_the_product_last(
    returns: Returns, session: AsyncSession
) -> None:
    """A newer delivery of another rep takes it over for what it brought, and only from when it came on."""
    scene = returns.scene
    colleague = await make_rep(session, scene.territory)
    order = await make_order(session, scene.outlet, rep=colleague, lines=[(scene.wafer, 6), (scene.nuts, 6)])
    for number, at in enumerate(("2026-11-25T09:30:00+02:00", "2026-11-25T13:00:00+02:00")):
        body = returns.body((scene.chocolate, 1), (scene.wafer, 1), (scene.nuts, 1), delivery_id=None, returned_at=at)
        assert (await returns.tell(body | {"id": f"00000000-0000-4000-8000-00000000000{number}"})).status_code == 201
    noon = datetime(2026, 11, 25, 10, tzinfo=UTC)
    await make_delivery(
        session, scene.outlet, order, (scene.wafer, 6, 6), (scene.nuts, 6, 0), delivered_at=noon, at=noon
    )
    before = await returns.get("00000000-0000-4000-8000-000000000000")
    after = await returns.get("00000000-0000-4000-8000-000000000001")
    assert [line["rep_code"] for line in before["lines"]] == [scene.rep.code, scene.rep.code, None]
    assert [line["rep_code"] for line in after["lines"]] == [scene.rep.code, colleague.code, None]


async def test_a_rep_sees_the_returns_that_are_the_reps_and_those_of_the_reps_outlets(
    app: FastAPI, returns: Returns, session: AsyncSession
) -> None:
    scene = returns.scene
    colleague = await make_rep(session, scene.territory)
    keeper = bearer(app, await make_device(session, colleague))
    own = await make_outlet(session, scene.territory, rep_id=colleague.id)
    body = returns.some()
    await returns.tell(body)
    unknown = await make_return(session, own, (scene.nuts, 1, "expired"))
    assert [item["id"] for item in await listed(returns, "", scene.device)] == [body["id"]]
    assert [item["id"] for item in await listed(returns, "", keeper)] == [str(unknown.form.id)]
    for headers, status in ((scene.device, 200), (keeper, 404)):
        answer = await scene.api.get(f"/v1/returns/{body['id']}", headers=headers)
        assert answer.status_code == status


async def test_a_supervisor_of_elsewhere_neither_sees_nor_decides(
    app: FastAPI, returns: Returns, session: AsyncSession
) -> None:
    body = returns.some()
    await returns.tell(body)
    stranger = bearer(app, await make_user(session, Role.SUPERVISOR, await make_territory(session)))
    assert await listed(returns, "", stranger) == []
    returns.scene.supervisor = stranger
    assert (await returns.decide(body["id"], "rep")).status_code == 404
    assert (await figures(returns))["items"] == []


async def test_figures_have_numerator_denominator_and_value(returns: Returns) -> None:
    scene = returns.scene
    await returns.tell(
        returns.body((scene.chocolate, 3), (scene.wafer, 2, "damaged"), (scene.chocolate, 1, "unsold", False))
    )
    answer = await figures(returns)
    (item,) = answer["items"]
    assert item["key"] == scene.rep.code
    assert item["otif"] == {"numerator": "1", "denominator": "1", "value": "1"}
    assert item["undelivered"] == {"numerator": "0", "denominator": "1", "value": "0"}
    assert item["returns_rate"] == {"numerator": "3.45", "denominator": "20.70", "value": "0.1667"}
    damaged = {"numerator": "2.30", "denominator": "20.70", "value": "0.1111"}
    assert item["returns_by_reason"] == {"damaged": damaged, "expired": item["returns_rate"]}
    assert item["returns_by_party"] == {"carrier": damaged, "rep": item["returns_rate"]}
    assert answer["totals"] == {name: value for name, value in item.items() if name != "key"}


async def test_what_has_nothing_to_divide_by_has_no_value(returns: Returns) -> None:
    answer = await figures(returns, f"&rep_code={returns.scene.rep.code}&territory_code=none")
    assert answer["items"] == []
    assert answer["totals"]["otif"] == {"numerator": "0", "denominator": "0", "value": None}
    assert answer["totals"]["returns_rate"]["value"] is None


async def test_an_order_is_due_once_its_delivery_date_is_over_and_a_cancelled_one_never(
    app: FastAPI, returns: Returns, session: AsyncSession, the_clock: clock.SetClock
) -> None:
    scene = returns.scene
    at = clock.now()
    await make_order(session, scene.outlet, rep=scene.rep, lines=[(scene.nuts, 6)], cancelled_at=at)
    assert (await figures(returns))["totals"]["otif"]["denominator"] == "1"
    the_clock.move_to(datetime(2026, 11, 24, 21, 59, tzinfo=UTC))
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, scene.territory))
    assert (await figures(returns, headers=supervisor))["totals"]["otif"]["denominator"] == "0"
    the_clock.move_to(datetime(2026, 11, 24, 22, 0, tzinfo=UTC))
    assert (await figures(returns, headers=supervisor))["totals"]["otif"]["denominator"] == "1"


async def test_of_a_product_orders_that_have_it_are_counted_and_the_whole_counts_each_once(returns: Returns) -> None:
    answer = await figures(returns, "&group_by=product")
    assert {item["key"] for item in answer["items"]} == {returns.scene.chocolate.code, returns.scene.wafer.code}
    assert [item["otif"]["denominator"] for item in answer["items"]] == ["1", "1"]
    assert answer["totals"]["otif"]["denominator"] == "1"


async def test_a_device_asks_for_the_figures_of_its_rep_whatever_it_names(
    app: FastAPI, returns: Returns, session: AsyncSession
) -> None:
    colleague = await make_rep(session, returns.scene.territory)
    device = bearer(app, await make_device(session, colleague))
    assert (await figures(returns, f"&rep_code={returns.scene.rep.code}", device))["items"] == []


async def test_more_than_92_days_are_refused(returns: Returns) -> None:
    path = "/v1/fulfilment-figures?from=2026-08-01&to=2026-11-30"
    answer = await returns.scene.api.get(path, headers=returns.scene.supervisor)
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/query/to", "range")]


async def test_a_file_has_the_whole_and_a_row_for_each_group(returns: Returns) -> None:
    scene = returns.scene
    await returns.tell(returns.some())
    answer = await figures(returns, "&group_by=outlet")
    whole, row = await report_rows(scene.api, f"{FIGURES}&group_by=outlet", scene.supervisor)
    assert (whole["group"], whole["key"]) == ("whole", "")
    assert (row["group"], row["key"]) == ("outlet", scene.outlet.code)
    (group,) = answer["items"]
    for rate in ("otif", "undelivered", "returns_rate"):
        assert Decimal(row[rate]) == Decimal(group[rate]["value"])
        assert Decimal(row[f"{rate}_numerator"]) == Decimal(group[rate]["numerator"])
    for column, name in (("returned_because", "returns_by_reason"), ("returned_by", "returns_by_party")):
        assert answer["totals"][name], "something went back"
        for key, figure in answer["totals"][name].items():
            assert Decimal(whole[f"{column}_{key}"]) == Decimal(figure["numerator"])
