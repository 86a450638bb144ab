"""Master data that no honest client sends: a clear problem, nothing written, and the rows beside it are kept."""

import json

import httpx
import pytest

from tests.ground.web.bad_values import HERE, NO_NUMBER, NO_TEXT, Company, Rows, assert_problem, with_value

NO_LOCATION = {
    "a pole too far": '{"lat": 90.01, "lon": 21.7, "radius_m": 80}',
    "a date line too far": '{"lat": 38.2, "lon": -180.01, "radius_m": 80}',
    "no number": '{"lat": NaN, "lon": 21.7, "radius_m": 80}',
    "an endless radius": '{"lat": 38.2, "lon": 21.7, "radius_m": 1e400}',
    "a negative radius": '{"lat": 38.2, "lon": 21.7, "radius_m": -80}',
    "no radius": '{"lat": 38.2, "lon": 21.7, "radius_m": 0}',
    "a circle and a fence": '{"lat": 38.2, "lon": 21.7, "radius_m": 80, '
    '"fence": {"type": "Polygon", "coordinates": []}}',
    "a fence of nothing": '{"fence": {"type": "Polygon", "coordinates": []}}',
    "a fence of a point": '{"fence": {"type": "Point", "coordinates": [21.7, 38.2]}}',
    "a fence that crosses itself": '{"fence": {"type": "Polygon", "coordinates": '
    "[[[21.7, 38.2], [21.71, 38.21], [21.71, 38.2], [21.7, 38.21], [21.7, 38.2]]]}}",
    "an open fence": '{"fence": {"type": "Polygon", "coordinates": [[[21.7, 38.2], [21.71, 38.2], [21.7, 38.21]]]}}',
    "a fence past the pole": '{"fence": {"type": "Polygon", "coordinates": '
    "[[[21.7, 89], [21.71, 89], [21.7, 91], [21.7, 89]]]}}",
    "a fence of texts": '{"fence": {"type": "Polygon", "coordinates": [[["a", "b"]]]}}',
    "a fence nested without end": '{"fence": {"type": "Polygon", "coordinates": ' + "[" * 900 + "]" * 900 + "}}",
    "a fence of 100,000 corners": '{"fence": {"type": "Polygon", "coordinates": [['
    + "[21.7, 38.2], " * 100_000
    + "[21.7, 38.2]]]}}",
}


@pytest.mark.parametrize("what", NO_LOCATION)
async def test_an_outlet_at_a_place_that_is_none_is_refused_with_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, what: str
) -> None:
    path = f"/v1/outlets/{company.outlet}"
    outlet = (await api.get(path, headers=company.admin)).json() | {"location": HERE}
    before = await rows()
    answer = await api.put(path, content=with_value(outlet, NO_LOCATION[what]), headers=company.admin)
    assert_problem(answer, 422)
    assert await rows() == before


@pytest.mark.parametrize("what", NO_TEXT | NO_NUMBER)
async def test_a_row_that_cannot_be_read_costs_the_rows_beside_it_nothing(
    api: httpx.AsyncClient, company: Company, rows: Rows, what: str
) -> None:
    sound = {"name": "Choco", "unit": "piece", "pack_size": 6, "list_price": "1.15"}
    bad = with_value(sound | {"code": "BAD", "list_price": HERE}, (NO_TEXT | NO_NUMBER)[what])
    if what == "a number":
        bad = with_value(sound | {"code": "BAD", "name": HERE}, NO_TEXT[what])
    good = [json.dumps(sound | {"code": code}).encode() for code in ("NEW-1", "NEW-2")]
    before = await rows()
    answer = await api.post(
        "/v1/imports/products",
        content=b"\n".join([good[0], bad, good[1]]),
        headers=company.admin | {"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (2, 1)
    assert (await rows())["products"] == before["products"] + 2
