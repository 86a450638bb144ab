"""Log lines whose reader is gone, sleeps or has no room: they are dropped and counted, and nobody waits for them."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from app.ground.web.log_output import LineOutput

PATIENCE = 10.0
LONG = "x" * 1000 + "\n"


def lines_lost() -> float:
    return REGISTRY.get_sample_value("fieldproof_log_lines_lost_total") or 0


def read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()


def without_a_reader() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


WITHOUT_A_READER: dict[str, Callable[[], int | None]] = {
    "a dead pipe": without_a_reader,
    "a full disk": lambda: os.open("/dev/full", os.O_WRONLY),
    "a closed descriptor": lambda: 2**20,
    "nowhere": lambda: None,
}


@pytest.mark.parametrize("where", WITHOUT_A_READER)
def test_lines_that_cannot_leave_are_counted_and_raise_nothing(where: str) -> None:
    output, before = LineOutput(WITHOUT_A_READER[where]()), lines_lost()
    for _ in range(3):
        output.write("a line\n")
    output.flush(PATIENCE)
    assert lines_lost() - before == 3


@pytest.mark.parametrize("blocking", [True, False])
def test_a_reader_that_sleeps_holds_nobody_up_and_finds_whole_lines_when_it_wakes(blocking: bool) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)
    output, before, started = LineOutput(writer, most_waiting_bytes=200 * len(LONG)), lines_lost(), time.monotonic()
    for _ in range(1000):
        output.write(LONG)
    output.flush(0.01)
    assert time.monotonic() - started < PATIENCE / 2
    found: list[bytes] = []
    reading = threading.Thread(target=lambda: found.append(read_all(reader)))
    reading.start()
    output.flush(PATIENCE)
    output.write("the reader is awake\n")
    output.flush(PATIENCE)
    os.close(writer)
    reading.join(PATIENCE)
    lines = found[0].decode().splitlines(keepends=True)
    assert lines[-1] == "the reader is awake\n"
    assert set(lines[:-1]) == {LONG}
    assert 200 <= len(lines) - 1 == 1000 - (lines_lost() - before)


def test_a_process_whose_reader_sleeps_ends_all_the_same() -> None:
    program = (
        "from app.ground.web.log_output import standard_error\n"
        "output = standard_error()\n"
        "for _ in range(1000): output.write('x' * 1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) as process:
        assert process.wait(PATIENCE) == 0


def test_a_closed_standard_error_is_no_file_that_is_opened_later() -> None:
    program = (
        "import os\n"
        "from app.ground.standard_descriptors import keep_standard_descriptors\n"
        "from app.ground.web.log_output import standard_error\n"
        "keep_standard_descriptors()\n"
        "reader, writer = os.pipe()\n"
        "output = standard_error(); output.write('lost'); output.flush()\n"
        "assert min(reader, writer) > 2\n"
    )
    command = f'exec "{sys.executable}" -c "$0" 0<&- 1>&- 2>&-'
    assert subprocess.run(["/bin/sh", "-c", command, program], check=False, timeout=PATIENCE).returncode == 0
