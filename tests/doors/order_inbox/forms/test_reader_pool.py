"""The pool that reads attachments: real processes with real limits."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID

import orjson
import pytest

from app.doors.order_inbox.forms import reader_pool, reader_process
from app.doors.order_inbox.forms.attachments import Attachment
from app.doors.order_inbox.forms.form_requests import form_request
from app.doors.order_inbox.forms.reader_pool import FormReaders
from app.doors.order_inbox.forms.records import ReceivedForm
from app.ground.workers import limited_process
from tests.doors.order_inbox.forms.workbooks import HEAD, make_workbook

FORM_ID = "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a"


@pytest.fixture
async def pool() -> AsyncIterator[FormReaders]:
    async with FormReaders(1) as pool:
        yield pool


async def read(pool: FormReaders, content: bytes) -> ReceivedForm:
    return await pool.read(Attachment("order.xlsx", content))


def codes(reading: ReceivedForm) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in reading.problems]


async def test_a_workbook_becomes_the_form_that_it_is(pool: FormReaders) -> None:
    content = make_workbook([("CHO-100", 12, 1.15)], head=[("Form id", FORM_ID), *HEAD])
    reading = await read(pool, content)
    assert reading.form is not None
    assert (reading.form.id, reading.form.outlet_code) == (UUID(FORM_ID), "PAT-0042")
    assert reading.form.lines[0] == ("CHO-100", Decimal(12), Decimal("1.15"))
    assert reading.cells["/lines/0/quantity"] == "B6"


async def test_a_csv_file_becomes_the_same_form(pool: FormReaders) -> None:
    content = f"Form id;{FORM_ID}\nOutlet code;PAT-0042\nDelivery date;24.11.2026\n\nProduct code;Qty\nCHO-100;12\n"
    reading = await read(pool, content.encode("utf-16"))
    assert reading.form is not None
    assert reading.form.lines[0] == ("CHO-100", Decimal(12), None)


async def test_a_form_without_an_id_has_the_same_one_each_time_that_its_file_comes(pool: FormReaders) -> None:
    one, other = make_workbook(), make_workbook([("CHO-100", 24)])
    ids = [reading.form.id for content in (one, one, other) if (reading := await read(pool, content)).form]
    assert ids[0] == ids[1] != ids[2]


async def test_what_bounds_a_field_of_the_api_bounds_it_here(pool: FormReaders) -> None:
    content = make_workbook([("..", 1.23456, 1)], head=[("Form id", "7"), *HEAD])
    assert codes(await read(pool, content)) == [
        ("/id", "uuid_parsing"),
        ("/lines/0/product_code", "code"),
        ("/lines/0/quantity", "decimal_text"),
    ]


async def test_what_is_missing_is_told_once(pool: FormReaders) -> None:
    assert codes(await read(pool, make_workbook(head=[]))) == [
        ("/outlet_code", "outlet_code_missing"),
        ("/delivery_date", "delivery_date_missing"),
    ]


async def test_a_process_that_falls_silent_is_ended_and_its_file_refused(
    pool: FormReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    await read(pool, make_workbook())
    process = pool._all[0]._child
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    monkeypatch.setattr(reader_pool, "WALL_SECONDS", 0.2)
    assert codes(await read(pool, make_workbook())) == [("", "takes_too_long")]
    monkeypatch.undo()
    assert (await read(pool, make_workbook())).form is not None


async def test_a_process_that_dies_over_a_file_is_replaced(pool: FormReaders) -> None:
    await read(pool, make_workbook())
    process = pool._all[0]._child
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert (await read(pool, make_workbook())).problems[0].code == "takes_too_long"
    assert (await read(pool, make_workbook())).form is not None


async def test_more_files_than_processes_wait_for_their_turn(pool: FormReaders) -> None:
    readings = await asyncio.gather(*(read(pool, make_workbook([("CHO-100", n)])) for n in range(1, 9)))
    assert [reading.form.lines[0].quantity for reading in readings if reading.form] == list(range(1, 9))


async def test_no_process_is_left_when_the_pool_is_closed() -> None:
    async with FormReaders(1) as pool:
        await read(pool, make_workbook())
        process = pool._all[0]._child
        assert process is not None
    assert process.returncode is not None


def test_what_nobody_foresaw_in_a_file_is_told_to_the_parent_and_ends_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader_process, "understand", None)
    said = orjson.loads(reader_process.read_form(form_request(make_workbook())))
    assert said["unreadable"][0] == "unreadable"
    assert "TypeError" in said["unforeseen"]


def run_reader(program: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60)


def test_memory_beyond_the_limit_is_an_answer_not_a_crash() -> None:
    program = f"""
import resource
from app.doors.order_inbox.forms import reader_process
from app.doors.order_inbox.forms.form_requests import form_request
resource.setrlimit(resource.RLIMIT_AS, ({limited_process.MEMORY_BYTES}, {limited_process.MEMORY_BYTES}))
reader_process.is_workbook = lambda content: bytes(2 * {limited_process.MEMORY_BYTES})
print(reader_process.read_form(form_request(b"x")).decode())
"""
    assert b"takes_too_much_memory" in run_reader(program).stdout


def test_a_file_that_takes_too_much_processor_time_ends_its_process() -> None:
    program = """
from app.ground.workers.limited_process import limit_processor_time
limit_processor_time(0)
while True: pass
"""
    assert run_reader(program).returncode == -signal.SIGXCPU
