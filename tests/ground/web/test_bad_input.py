"""Events that no honest client sends: a clear problem, nothing written, and what came with them is not lost."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.factories.handheld import make_upload
from tests.ground.web.bad_values import HERE, NO_NUMBER, NO_TEXT, Company, Rows, assert_problem, with_value

MIB = 1024 * 1024
NO_LATITUDE = NO_NUMBER | {"past the pole": "90.0000001", "far south": "-1e30", "a number as text": '"38.2"'}
NO_LIST = {
    "an object": "{}",
    "text": '"[]"',
    "a number": "1e400",
    "a list of lists": "[[]]",
    "a list of nulls": "[null]",
}


def bad_events(company: Company, place: str) -> dict[str, Any]:
    """An event whose value at `place` is to be put in."""
    order = company.order()
    match place:
        case "latitude":
            event = company.check_in()
            event["fix"]["lat"] = HERE
            return event
        case "quantity":
            order["lines"][0]["quantity"] = HERE
        case "comment" | "lines":
            order[place] = HERE
        case _:
            return company.check_in() | {place: HERE}
    return order


UNKEEPABLE_TEXT = {what: NO_TEXT[what] for what in ("a NUL", "a lone surrogate", "a million letters")}
CASES = [
    *[("quantity", what, value) for what, value in NO_NUMBER.items()],
    *[("comment", what, value) for what, value in NO_TEXT.items() if what not in UNKEEPABLE_TEXT],
    *[("outlet_code", what, value) for what, value in NO_TEXT.items()],
    *[("captured_at", what, value) for what, value in (NO_TEXT | NO_NUMBER).items()],
    *[("lines", what, value) for what, value in NO_LIST.items()],
]
REPAIRED = [
    *[("latitude", what, value) for what, value in NO_LATITUDE.items()],
    *[("sequence", what, value) for what, value in NO_NUMBER.items()],
    *[("comment", what, value) for what, value in UNKEEPABLE_TEXT.items()],
]
"""What may be missing from an event, and text that no table can hold, cost it nothing (T7)."""
REPAIRS = {"evidence_unreadable", "text_repaired", "text_cut"}
POINTERS = {"latitude": "/fix/lat", "sequence": "/sequence", "comment": "/comment"}


def written(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """How many rows are new, by table; but for that the device was heard of, and on which day."""
    return {
        name: after[name] - before[name]
        for name in after
        if name not in {"device_sync_states", "device_days"} and after[name] != before[name]
    }


@pytest.mark.parametrize(("place", "what", "value"), CASES, ids=[f"{place}: {what}" for place, what, _ in CASES])
async def test_a_value_that_is_none_is_refused_and_only_that_is_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, place: str, what: str, value: str
) -> None:
    event = bad_events(company, place)
    before = await rows()
    path = "/v1/orders" if event["type"] == "order" else "/v1/check-ins"
    assert_problem(await api.post(path, content=with_value(event, value), headers=company.device), 422)
    refusals = {"order_refusals": 1} if place in OF_A_KNOWN_OUTLET else {}
    assert written(before, await rows()) == {"rejected_events": 1} | refusals


@pytest.mark.parametrize(("place", "what", "value"), CASES, ids=[f"{place}: {what}" for place, what, _ in CASES])
async def test_a_value_that_is_none_costs_the_events_beside_it_nothing(
    api: httpx.AsyncClient, company: Company, rows: Rows, place: str, what: str, value: str
) -> None:
    before = await rows()
    upload = make_upload(company.check_in(), bad_events(company, place), company.order())
    answer = await api.post("/v1/sync", content=with_value(upload, value), headers=company.device)
    assert answer.status_code == 200, answer.text
    assert [result["status"] for result in answer.json()["results"]] == ["accepted", "rejected", "accepted"]
    after = await rows()
    of_a_known_outlet = place in OF_A_KNOWN_OUTLET
    assert {name: after[name] - before[name] for name in WRITTEN} == {
        "check_ins": 1,
        "orders": 1,
        "order_lines": 1,
        "order_refusals": int(of_a_known_outlet),
        "rejected_events": 1,
    }


OF_A_KNOWN_OUTLET = {"quantity", "comment", "lines"}
"""Orders that cannot be read, for an outlet that can: refused forms."""
WRITTEN = ("check_ins", "orders", "order_lines", "order_refusals", "rejected_events")


@pytest.mark.parametrize(("place", "what", "value"), REPAIRED, ids=[f"{place}: {what}" for place, what, _ in REPAIRED])
async def test_evidence_and_text_that_cannot_be_read_cost_no_event(
    api: httpx.AsyncClient, company: Company, place: str, what: str, value: str
) -> None:
    event = bad_events(company, place)
    path = "/v1/orders" if event["type"] == "order" else "/v1/check-ins"
    single = await api.post(path, content=with_value(event, value), headers=company.device)
    upload = with_value(make_upload(bad_events(company, place)), value)
    (result,) = (await api.post("/v1/sync", content=upload, headers=company.device)).json()["results"]
    assert (single.status_code, result["status"]) == (201, "accepted")
    pointers = [] if what == "a number as text" else [POINTERS[place]]
    told = [warning["pointer"] for warning in result["warnings"] if warning["code"] in REPAIRS]
    assert told == pointers


NO_UPLOAD = {
    "nothing": b"",
    "text": b"hello",
    "half of it": b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": [{',
    "a NUL byte": b'{"sent_at": "\x00"}',
    "no UTF-8": b'{"sent_at": "\xff\xfe"}',
    "an array": b"[]",
    "null": b"null",
    "deep arrays": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 400_000,
    "deep and closed": b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": ' + b"[" * 90_000 + b"]" * 90_000 + b"}",
    "events that are no list": b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": {"0": {}}}',
    "an instant as a number": b'{"sent_at": 1e400, "events": []}',
}


@pytest.mark.parametrize("path", ["/v1/sync", "/v1/orders", "/v1/check-ins"])
@pytest.mark.parametrize("what", NO_UPLOAD)
async def test_a_body_that_cannot_be_read_is_refused_with_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, path: str, what: str
) -> None:
    before = await rows()
    assert_problem(await api.post(path, content=NO_UPLOAD[what], headers=company.device), 422)
    assert await rows() == before


@pytest.mark.parametrize("path", ["/v1/sync", "/v1/orders"])
@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "garbage;;"]
)
async def test_a_body_of_another_media_type_is_refused_with_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, path: str, media_type: str
) -> None:
    body = make_upload(company.order()) if path == "/v1/sync" else company.order()
    before = await rows()
    answer = await api.post(path, content=json.dumps(body), headers=company.device | {"Content-Type": media_type})
    assert_problem(answer, 422)
    assert await rows() == before


@pytest.mark.parametrize("path", ["/v1/sync", "/v1/orders", "/v1/check-ins"])
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_past_the_limit_is_refused_with_the_limit_named_and_nothing_written(
    api: httpx.AsyncClient, company: Company, rows: Rows, path: str, declared: bool
) -> None:
    order = company.order()
    line = json.dumps(order["lines"][0])
    body = json.dumps(order).replace(line, f"{line}, " * 999_999 + line).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    before = await rows()
    answer = await api.post(path, content=body if declared else chunks(), headers=company.device)
    assert assert_problem(answer, 413)["limit_bytes"] == 2 * MIB
    assert await rows() == before


async def test_an_order_of_501_lines_is_refused_with_the_limit_named(
    api: httpx.AsyncClient, company: Company, rows: Rows
) -> None:
    order = company.order()
    order["lines"] *= 501
    before = await rows()
    [problem] = assert_problem(await api.post("/v1/orders", json=order, headers=company.device), 422)["errors"]
    assert problem["pointer"] == "/lines"
    assert "500" in problem["message"]
    assert written(before, await rows()) == {"rejected_events": 1, "order_refusals": 1}


async def test_an_upload_of_a_million_events_is_refused_with_the_limit_named(
    api: httpx.AsyncClient, company: Company, rows: Rows
) -> None:
    body = b'{"sent_at": "2026-11-23T12:00:00+02:00", "events": [' + b"0," * 999_999 + b"0]}"
    before = await rows()
    answer = await api.post("/v1/sync", content=body, headers=company.device)
    assert assert_problem(answer, 413)["limit_events"] == 500
    assert await rows() == before


async def test_of_a_key_that_comes_twice_the_last_counts(api: httpx.AsyncClient, company: Company) -> None:
    once = json.dumps(company.check_in())
    twice = once.removesuffix("}") + f', "outlet_code": "NOWHERE", "outlet_code": "{company.outlet}"}}'
    assert (await api.post("/v1/check-ins", content=twice, headers=company.device)).status_code == 201


async def test_a_body_that_is_no_json_is_told_where_it_breaks(api: httpx.AsyncClient, company: Company) -> None:
    [problem] = assert_problem(await api.post("/v1/orders", content=b'{"id": ', headers=company.device), 422)["errors"]
    assert (problem["pointer"], problem["code"]) == ("", "json_invalid")
    assert "at position 7" in problem["message"]
