from typing import Any

from tests.factories.handheld import make_check_in, make_no_order, make_order
from tests.handheld.conftest import Field, Sync


def statuses(answer: dict[str, Any]) -> list[str]:
    return [result["status"] for result in answer["results"]]


async def test_a_day_of_events_is_accepted_with_a_verdict_on_the_check_in(sync: Sync, field: Field) -> None:
    answer = await sync(
        make_check_in(field.outlet.code),
        make_order(field.outlet.code, field.product.code),
        make_no_order(field.outlet.code),
    )

    assert statuses(answer) == ["accepted", "accepted", "accepted"]
    assert answer["results"][0]["verdict"]["code"] == "INSIDE"
