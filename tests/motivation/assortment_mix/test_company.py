"""A small company's quarter, computed by hand (MX1-MX3).

Targets: chocolate 50 %, biscuits 30 %, drinks 20 %; nuts have none. All orders of a line of the table are alike, and a
piece costs 1.00:

    day        rep   outlet  orders  chocolate biscuits drinks nuts   sum of them
    July 1     Anna  Kiosk       10          6        2      2    0    60 20 20  0
    July 6     Anna  Market      10          4        4      1    1    40 40 10 10
    Sept. 30   Bert  Market      10          5        1      2    2    50 10 20 20
    Sept. 30   Bert  Market       5          0        0      9    9    cancelled
                                                                      150 70 50 30 = 300

    actual      0.5     0.2333  0.1667  0.1
    target      0.5     0.3     0.2     0
    off by      0       0.0667  0.0333  0.1     in all 0.2; the score is 1 - 0.1 = 0.9, the bonus 70 %

    week 27    0.6  0.2  0.2   0        off 0.1 0.1 0    0     0.9
    week 28    0.4  0.4  0.1   0.1      off 0.1 0.1 0.1  0.1   0.8
    week 40    0.5  0.1  0.2   0.2      off 0   0.2 0    0.2   0.8

    without Kiosk    90 50 30 30 = 200  0.45 0.25 0.15 0.15    off 0.3   0.85   Kiosk  +0.05
    without Market   60 20 20  0 = 100  0.6  0.2  0.2  0       off 0.2   0.9    Market  0
    without Anna     50 10 20 20 = 100  0.5  0.1  0.2  0.2     off 0.4   0.8    Anna   +0.1
    without Bert    100 60 30 10 = 200  0.5  0.3  0.15 0.05    off 0.1   0.95   Bert   -0.05
"""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.catalogue import make_product
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.motivation.assortment_mix.asking import Headers, close, plan

SEGMENTS = {"chocolate": "premium", "biscuits": "standard", "drinks": "economy", "nuts": None}
SOLD = [
    (date(2026, 7, 1), "Anna", "Kiosk", 10, (6, 2, 2, 0), False),
    (date(2026, 7, 6), "Anna", "Market", 10, (4, 4, 1, 1), False),
    (date(2026, 9, 30), "Bert", "Market", 10, (5, 1, 2, 2), False),
    (date(2026, 9, 30), "Bert", "Market", 5, (0, 0, 9, 9), True),
]


@pytest.fixture
async def statement(api: httpx.AsyncClient, admin: Headers, session: AsyncSession) -> Any:
    territory = await make_territory(session, code="PAT")
    products = [
        await make_product(session, assortment_group=group, price_segment=segment, list_price=Decimal(1))
        for group, segment in SEGMENTS.items()
    ]
    reps = {name: await make_rep(session, territory, code=name, name=name) for name in ("Anna", "Bert")}
    outlets = {name: await make_outlet(session, territory, code=name, name=name) for name in ("Kiosk", "Market")}
    for day, rep, outlet, times, pieces, cancelled in SOLD:
        lines = [(product, count) for product, count in zip(products, pieces, strict=True) if count]
        for _ in range(times):
            order = await make_order(session, outlets[outlet], rep=reps[rep], lines=lines, business_date=day)
            if cancelled:
                order.cancelled_at = order.cancelled_effective_at = order.received_at
    await session.flush()
    await plan(api, admin, chocolate="0.5", biscuits="0.3", drinks="0.2")
    return (await close(api, admin, "PAT")).json()


def test_the_quarter_comes_to_what_the_table_says(statement: Any) -> None:
    figures = [statement[name] for name in ("number", "orders", "value", "score", "bonus_share")]
    assert figures == ["PAT-2026-1", 30, "300.00", "0.9", "0.7"]
    assert [tuple(share.values()) for share in statement["shares"]] == [
        ("biscuits", "0.3", "0.233333", "70.00"),
        ("chocolate", "0.5", "0.5", "150.00"),
        ("drinks", "0.2", "0.166667", "50.00"),
        (None, "0", "0.1", "30.00"),
    ]
    assert [tuple(part.values()) for part in statement["segments"]] == [
        ("economy", "50.00", "0.166667"),
        ("premium", "150.00", "0.5"),
        ("standard", "70.00", "0.233333"),
        (None, "30.00", "0.1"),
    ]


def test_the_weeks_come_to_what_the_table_says(statement: Any) -> None:
    assert [(week["iso_week"], week["orders"], week["value"], week["score"]) for week in statement["weeks"]] == [
        ("2026-W27", 10, "100.00", "0.9"),
        ("2026-W28", 10, "100.00", "0.8"),
        ("2026-W40", 10, "100.00", "0.8"),
    ]
    assert [share["actual"] for share in statement["weeks"][1]["shares"]] == ["0.4", "0.4", "0.1", "0.1"]
    assert statement["weeks"][2]["segments"][0] == {"segment": "economy", "value": "20.00", "share": "0.2"}


def test_those_moved_the_score_of_whom_the_table_says_it(statement: Any) -> None:
    moved_by = statement["moved_by"]
    assert [tuple(row.values()) for row in moved_by["outlets"]["up"]] == [("Kiosk", "Kiosk", "100.00", "0.05")]
    assert moved_by["outlets"]["down"] == []
    assert [tuple(row.values()) for row in moved_by["reps"]["up"]] == [("Anna", "Anna", "200.00", "0.1")]
    assert [tuple(row.values()) for row in moved_by["reps"]["down"]] == [("Bert", "Bert", "100.00", "-0.05")]
