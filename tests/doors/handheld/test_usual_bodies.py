"""What is read the quick way is what the schemas make of it: any other body is left to them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.doors.handheld.upload.schemas import CheckInBody, UnreadEvent, UploadBody, read_event
from app.doors.handheld.upload.usual_uploads import read_check_in, read_upload
from app.doors.order_taking.schemas import OrderBody
from app.doors.order_taking.usual_bodies import read_order
from app.ground.web.forgiving_json import forgiving_loads
from tests.factories.handheld import NOON, make_check_in, make_fix, make_no_order, make_order, make_upload

SENDING = {"sent_at": NOON.isoformat(), "sent_monotonic_ms": 18_000_000, "boot_id": "b7f3"}
WHOLE_ORDER = make_order("PAT-0042", "CHO-100", "CHO-200", sequence=7, fix=make_fix(), comment="back door")
WHOLE_CHECK_IN = make_check_in("PAT-0042", sequence=0)
REPORT = make_no_order("PAT-0043", sequence=9, comment="full")
UPLOAD = make_upload(WHOLE_CHECK_IN, WHOLE_ORDER, REPORT, sequence_to=9)

FRAGMENTS = [
    *("null", "true", "false", "0", "-0", "1", "6", "-6", "5.0", "1e3", "8.5", "1e400", "NaN", "-Infinity", "9" * 30),
    *("9007199254740992", "9007199254740993", "1000000000", "91", "-180.0000001", "12345678901234567890.5"),
    *('""', '" "', '"6"', '"-6"', '"+6"', '"6.0"', '"6."', '".5"', '"1e3"', '"007"', '"1.23456"', '"1.15000"', '"1_0"'),
    *('"٣"', '"1234567890"', '"999999999.9999"', '"Infinity"', '"NaN"', '"sNaN"', '" 6"', '"6\\n"', '"6\\n7"'),
    *('"order"', '"check_in"', '"no_order"', '"Order"', '"arrival"', '"departure"', '"ARRIVAL"', "[]", "{}", "[[]]"),
    *(
        '"a\\u0000b"',
        '"\\ud83d"',
        '"\\ud83d\\ude00"',
        '"\\udc00x"',
        '"Καφέ"',
        '"Кафе-1"',
        '"e\\u0301"',
        '"a b"',
        '" a"',
    ),
    *('"a "', '"a\\u00a0"', '"\\u001fa"', '"a\\u0085"', '"a\\nb"', '"a\\n"', '"."', '".."', '"a/../b"', '"/"', '"-"'),
    *('"2026-11-23T12:00:00+02:00"', '"2026-11-23T10:00:00Z"', '"2026-11-23T10:00:00.123456Z"', '"2026-11-23T10:00Z"'),
    *('"2026-11-23T10:00:00"', '"2026-11-23 10:00:00Z"', '"2026-11-23T10:00:60Z"', '"2026-02-29T10:00:00Z"'),
    *(
        '"2026-11-23T10:00:00.1234Z"',
        '"2026-11-23T24:00:00Z"',
        '"2026-11-23T10:00:00+1400"',
        '"2026-11-23T10:00:00-19:59"',
    ),
    *(
        '"0001-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59Z"',
        '"2026-11-24"',
        '"2026-02-30"',
        '"2101-01-01"',
        '"1999-12-31"',
    ),
    *(
        '"20261124"',
        '"2026-11-24T00:00:00"',
        '"0193583f1a2b7d4c8e5f0a1b2c3d4e5f"',
        '"{0193583f-1a2b-7d4c-8e5f-0a1b2c3d4e5f}"',
    ),
    *('"urn:uuid:0193583f-1a2b-7d4c-8e5f-0a1b2c3d4e5f"', '"0193583F-1A2B-7D4C-8E5F-0A1B2C3D4E5F"', '"0193583f"'),
    json.dumps("x" * 64),
    json.dumps("x" * 65),
    json.dumps("x" * 100),
    json.dumps("x" * 101),
    json.dumps("x" * 2_000),
    json.dumps("x" * 2_001),
    json.dumps({"lat": 38.2, "lon": 21.7}),
    json.dumps({"lat": 38, "lon": 21, "accuracy_m": 5, "mock": None, "provider": "gps", "fix_at": None}),
    json.dumps({"lat": 38.2, "lon": 21.7, "satellites": 9}),
    json.dumps([{"product_code": "P1", "quantity": 6}]),
    json.dumps([{"product_code": "P1", "quantity": 6, "unit_price": 1.15}]),
    json.dumps([{"product_code": "P1", "quantity": "6", "unit_price": None}] * 500),
    json.dumps([{"product_code": "P1", "quantity": "6"}] * 501),
    json.dumps([{"product_code": "P1", "quantity": "6", "note": "cold"}]),
]
"""Values as they stand in JSON, for any place of a body."""


def schemas_order(body: bytes) -> Any:
    read = OrderBody.model_validate(forgiving_loads(body))
    return None if read.warnings else (read.event(), read.sent_at, read.sent_monotonic_ms)


def schemas_check_in(body: bytes) -> Any:
    read = CheckInBody.model_validate(forgiving_loads(body))
    return None if read.warnings else (read.event(), read.sent_at, read.sent_monotonic_ms)


def schemas_upload(body: bytes) -> Any:
    read = UploadBody.model_validate(forgiving_loads(body))
    events = [read_event(raw) for raw in read.events]
    if read.warnings or any(isinstance(event, UnreadEvent) or event.warnings for event in events):
        return None
    return (read.sent_at, read.monotonic_ms, read.boot_id, read.sequence_to), events


def quick_upload(body: bytes) -> Any:
    read = read_upload(body)
    if read is None:
        return None
    sending = read.sending
    return (sending.sent_at, sending.monotonic_ms, sending.boot_id, sending.sequence_to), read.events


READERS: dict[str, tuple[dict[str, Any], Callable[[bytes], Any], Callable[[bytes], Any]]] = {
    "order": (WHOLE_ORDER | SENDING, read_order, schemas_order),
    "check-in": (WHOLE_CHECK_IN | SENDING, read_check_in, schemas_check_in),
    "upload": (UPLOAD, quick_upload, schemas_upload),
}


class Written(str):
    """A value as it is written in JSON."""

    __slots__ = ()


def write(value: Any) -> str:
    """JSON, of objects as lists of pairs too: a member may come twice."""
    match value:
        case Written():
            return str(value)
        case dict() | tuple():
            members = value.items() if isinstance(value, dict) else value
            return "{" + ",".join(f"{json.dumps(name)}:{write(member)}" for name, member in members) + "}"
        case list():
            return "[" + ",".join(map(write, value)) + "]"
        case _:
            return json.dumps(value)


def objects_in(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [*([value] if isinstance(value, dict) else []), *(found for each in inner for found in objects_in(each))]


@st.composite
def odd_bodies(draw: st.DrawFn, sound: dict[str, Any]) -> bytes:
    """A sound body in which up to three members are others, are missing, come twice or are unknown."""
    body = json.loads(json.dumps(sound))
    twice: list[tuple[int, str, Written]] = []
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(range(len(objects_in(body)))))
        members = objects_in(body)[place]
        name = draw(st.sampled_from([*members, "note", "boot_id", "mock", "sequence_to"]))
        value = Written(draw(st.sampled_from(FRAGMENTS)))
        match draw(st.sampled_from(["set", "set", "set", "remove", "repeat"])):
            case "set":
                members[name] = value
            case "remove":
                members.pop(name, None)
            case _:
                twice.append((place, name, value))
    written = write(body)
    for place, name, value in twice:
        start = [index for index, sign in enumerate(written) if sign == "{"]
        at = start[place % len(start)] + 1
        rest = "" if written[at] == "}" else ","
        written = f"{written[:at]}{json.dumps(name)}:{value}{rest}{written[at:]}"
    return written.encode()


def assert_read_alike(kind: str, body: bytes) -> None:
    _, quick, schemas = READERS[kind]
    read = quick(body)
    if read is not None:
        assert repr(read) == repr(schemas(body))


@given(body=odd_bodies(READERS["order"][0]))
@example(body=b"")
@example(body=b"[1]")
@example(body=b'\xef\xbb\xbf{"type": "order"}')
def test_an_order_that_is_read_quickly_is_read_as_by_its_schema(body: bytes) -> None:
    assert_read_alike("order", body)


@given(body=odd_bodies(READERS["check-in"][0]))
def test_a_check_in_that_is_read_quickly_is_read_as_by_its_schema(body: bytes) -> None:
    assert_read_alike("check-in", body)


@given(body=odd_bodies(UPLOAD))
def test_an_upload_that_is_read_quickly_is_read_as_by_its_schema(body: bytes) -> None:
    assert_read_alike("upload", body)


@pytest.mark.parametrize("kind", READERS)
def test_whatever_stands_for_one_member_is_read_as_by_the_schema(kind: str) -> None:
    sound = READERS[kind][0]
    for place in range(len(objects_in(sound))):
        for name in objects_in(sound)[place]:
            for fragment in FRAGMENTS:
                body = json.loads(json.dumps(sound))
                objects_in(body)[place][name] = Written(fragment)
                assert_read_alike(kind, write(body).encode())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("order", WHOLE_ORDER),
        ("order", WHOLE_ORDER | SENDING),
        ("order", make_order("42", "P1", comment=None, fix=None, boot_id=None, sequence=None)),
        ("order", make_order("42", "P1", lines=[{"product_code": "P1", "quantity": 6}])),
        ("order", make_order("42", lines=[])),
        ("order", make_order("42", "P1", comment="Αύριο, από πίσω 🙂", captured_at="2026-11-23T12:00:00.250+02:00")),
        ("check-in", WHOLE_CHECK_IN | SENDING),
        ("check-in", make_check_in("42", fix=None, kind="departure")),
        ("check-in", make_check_in("42", fix={"lat": 38, "lon": 21.5, "accuracy_m": None, "mock": None})),
        ("upload", UPLOAD),
        ("upload", make_upload()),
        ("upload", make_upload(*[make_order(f"PAT-{n}", "P1") for n in range(500)])),
    ],
)
def test_what_handhelds_write_is_read_quickly(kind: str, body: dict[str, Any]) -> None:
    for written in (json.dumps(body), json.dumps(body, ensure_ascii=False, indent=2)):
        assert READERS[kind][1](written.encode()) is not None
        assert_read_alike(kind, written.encode())
