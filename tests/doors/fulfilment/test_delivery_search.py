"""Deliveries by their number, and by a product."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.doors.fulfilment.conftest import Scene
from tests.doors.fulfilment.test_lists import ids_in
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

TUESDAY = "from=2026-11-24&to=2026-11-24"


@pytest.fixture
async def told(scene: Scene, session: AsyncSession) -> list[str]:
    """The ids of three deliveries: of the order, of no order, and of another territory with the same number."""
    foreign = await make_outlet(session, await make_territory(session))
    bodies = [
        scene.as_ordered() | {"number": "ΔΑ-17"},
        scene.body((scene.nuts, 1, 1), order_id=None, number="ΔΑ-18"),
        scene.body((scene.nuts, 1, 1), order_id=None, number="ΔΑ-17", outlet_code=foreign.code),
    ]
    for body in bodies:
        answer = await scene.tell(body)
        assert answer.status_code == 201, answer.text
    return [body["id"] for body in bodies]


async def test_a_delivery_is_listed_by_its_number_within_sight(scene: Scene, told: list[str]) -> None:
    assert await ids_in(scene, "/v1/deliveries?number=ΔΑ-17", scene.supervisor) == [told[0]]
    assert await ids_in(scene, "/v1/deliveries?number=ΔΑ-17", scene.device) == [told[0]]
    assert set(await ids_in(scene, "/v1/deliveries?number=ΔΑ-17", scene.erp)) == {told[0], told[2]}
    assert await ids_in(scene, "/v1/deliveries?number=ΔΑ-1", scene.erp) == []
    assert await ids_in(scene, "/v1/deliveries?number=ΔΑ-18&status=matched", scene.supervisor) == []


@pytest.mark.parametrize(
    ("query", "places"),
    [
        (TUESDAY, [1]),
        ("outlet_code={outlet}", [1]),
        ("number=ΔΑ-18", [1]),
        ("number=ΔΑ-17", []),
        ("order_id={order}", []),
    ],
)
async def test_deliveries_of_a_product_are_listed_of_an_outlet_or_a_month(
    query: str, places: list[int], scene: Scene, told: list[str]
) -> None:
    asked = query.format(outlet=scene.outlet.code, order=scene.order.id)
    path = f"/v1/deliveries?product_code={scene.nuts.code}&{asked}"
    assert await ids_in(scene, path, scene.supervisor) == [told[place] for place in places]


@pytest.mark.parametrize("query", ["", "from=2026-11-24", "from=2026-10-20&to=2026-11-24"])
async def test_a_product_is_not_looked_for_in_all_deliveries(query: str, scene: Scene) -> None:
    path = f"/v1/deliveries?product_code={scene.nuts.code}&{query}"
    for headers, asked in ((scene.supervisor, path), (scene.erp, f"/v1/deliveries?product_code=X&{TUESDAY}")):
        answer = await scene.api.get(asked, headers=headers)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/query/product_code"]


async def test_who_sees_all_territories_says_whose_deliveries_of_a_product(scene: Scene, told: list[str]) -> None:
    path = f"/v1/deliveries?product_code={scene.nuts.code}&{TUESDAY}&territory_code={scene.territory.code}"
    assert await ids_in(scene, path, scene.erp) == [told[1]]
    assert await ids_in(scene, f"/v1/deliveries?territory_code={scene.territory.code}", scene.erp) == sorted(
        told[:2], reverse=True
    )
