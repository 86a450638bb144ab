"""Targets by import: a row a group, and the rows of a quarter and territory have one fate (MX1)."""

import json
from typing import Any

import httpx
import pytest

from app.ground.web.media_types import Medium
from tests.doors.imports.sending import NDJSON, Row, problems, send, told
from tests.doors.imports.sheets import make_sheet
from tests.motivation.assortment_mix.asking import Headers, put
from tests.motivation.assortment_mix.worlds import QUARTER, MixWorld

KIND = "assortment_targets"


def row(group: str, share: Any, quarter: str = QUARTER, **more: Any) -> Row:
    return {"quarter": quarter, "assortment_group": group, "share": share} | more


async def current(api: httpx.AsyncClient, admin: Headers) -> dict[tuple[str, str | None], dict[str, str]]:
    items = (await api.get("/v1/assortment-targets", headers=admin)).json()["items"]
    return {(item["quarter"], item["territory_code"]): item["shares"] for item in items}


async def test_the_rows_of_a_quarter_and_territory_become_its_targets(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    code = world.territory.code
    rows = [
        row("chocolate", "0.35"),
        row("drinks", "0.65"),
        row("chocolate", "1", territory_code=code),
        row("drinks", 1, "2026-Q4", territory_code=code),
    ]
    answer = await send(api, admin, KIND, rows)
    assert told(answer) == [(1, "chocolate", "created"), (2, "drinks", "created"), (3, "chocolate", "created"),
                            (4, "drinks", "created")]  # fmt: skip
    assert await current(api, admin) == {
        (QUARTER, None): {"chocolate": "0.35", "drinks": "0.65"},
        (QUARTER, code): {"chocolate": "1"},
        ("2026-Q4", code): {"drinks": "1"},
    }
    assert [status for *_, status in told(await send(api, admin, KIND, rows))] == ["unchanged"] * 4
    rows[0], rows[1] = row("chocolate", "0.5"), row("nuts", "0.5")
    assert [status for *_, status in told(await send(api, admin, KIND, rows))] == ["updated"] * 2 + ["unchanged"] * 2
    assert (await current(api, admin))[QUARTER, None] == {"chocolate": "0.5", "nuts": "0.5"}


@pytest.mark.parametrize("media_type", ["text/csv", NDJSON, Medium.XLSX.value])
async def test_csv_ndjson_and_workbooks_bring_the_same(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld, media_type: str
) -> None:
    code = world.territory.code
    cells: list[list[Any]] = [
        ["quarter", "territory_code", "assortment_group", "share"],
        [QUARTER, None, "chocolate", 0.35],
        [QUARTER, None, "drinks", 0.65],
        [QUARTER, code, "drinks", 1],
    ]
    texts = [["" if cell is None else str(cell).replace(".", ",") for cell in line] for line in cells]
    files: dict[str, str | bytes] = {
        "text/csv": "\n".join(";".join(line) for line in texts),
        NDJSON: "\n".join(json.dumps(dict(zip(cells[0], line, strict=True))) for line in cells[1:]),
        Medium.XLSX.value: make_sheet(*cells),
    }
    answer = await api.post(
        f"/v1/imports/{KIND}", content=files[media_type], headers=admin | {"content-type": media_type}
    )
    assert [status for *_, status in told(answer)] == ["created"] * 3
    assert await current(api, admin) == {
        (QUARTER, None): {"chocolate": "0.35", "drinks": "0.65"},
        (QUARTER, code): {"drinks": "1"},
    }


async def test_shares_that_do_not_sum_to_one_reject_all_rows_of_their_owner_and_no_others(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    rows = [row("a", "0.35"), row("b", "0.60"), row("a", "1", territory_code=world.territory.code)]
    answer = await send(api, admin, KIND, rows)
    assert [status for *_, status in told(answer)] == ["rejected", "rejected", "created"]
    assert problems(answer) == [("/share", "shares_sum")] * 2
    assert answer.json()["results"][0]["problem"]["errors"][0]["message"] == "The shares sum to 0.95, and not to 1."
    assert await current(api, admin) == {(QUARTER, world.territory.code): {"a": "1"}}


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row("b", "none"), "decimal_text"),
        (row("", "0"), "string_too_short"),
        ({"quarter": QUARTER, "assortment_group": "b"}, "missing"),
    ],
)
async def test_one_bad_row_rejects_all_rows_of_its_owner(
    api: httpx.AsyncClient, admin: Headers, bad: Row, code: str
) -> None:
    answer = await send(api, admin, KIND, [row("a", "1"), bad, row("a", "1", "2026-Q4")])
    assert [status for *_, status in told(answer)] == ["rejected", "rejected", "created"]
    assert sorted(name for _, name in problems(answer)) == sorted(["belongs_to_rejected", code])
    assert list(await current(api, admin)) == [("2026-Q4", None)]


async def test_rows_of_one_owner_that_stand_apart_are_rejected(
    api: httpx.AsyncClient, admin: Headers, world: MixWorld
) -> None:
    rows = [row("a", "0.5"), row("a", "1", territory_code=world.territory.code), row("b", "0.5")]
    answer = await send(api, admin, KIND, rows)
    assert [status for *_, status in told(answer)] == ["rejected", "created", "rejected"]
    assert problems(answer) == [("", "rows_apart")] * 2


async def test_a_group_that_comes_twice_rejects_the_rows_of_its_owner(api: httpx.AsyncClient, admin: Headers) -> None:
    answer = await send(api, admin, KIND, [row("a", "0.5"), row("a", "0.5")])
    assert problems(answer) == [("/assortment_group", "repeated")] * 2


async def test_an_unknown_territory_rejects_its_rows(api: httpx.AsyncClient, admin: Headers) -> None:
    answer = await send(api, admin, KIND, [row("a", "0.5", territory_code="X"), row("b", "0.5", territory_code="X")])
    assert problems(answer) == [("/territory_code", "unknown_territory")] * 2


async def test_an_import_leaves_the_steps_of_the_bonus_as_they_are(api: httpx.AsyncClient, admin: Headers) -> None:
    steps = [{"from_score": "0.6", "share": "0.5"}]
    await put(api, admin, {"shares": {"a": 1}, "bonus_steps": steps})
    await send(api, admin, KIND, [row("b", 1)])
    targets = (await api.get(f"/v1/assortment-targets/{QUARTER}", headers=admin)).json()
    assert (targets["shares"], targets["bonus_steps"]) == ({"b": "1"}, steps)


async def test_all_or_nothing_and_a_dry_run_write_nothing(api: httpx.AsyncClient, admin: Headers) -> None:
    rows = [row("a", "1"), row("a", "0.5", "2026-Q4")]
    assert (await send(api, admin, KIND, rows, "?atomic=true")).status_code == 422
    assert [status for *_, status in told(await send(api, admin, KIND, rows[:1], "?dry_run=true"))] == ["created"]
    assert await current(api, admin) == {}
