"""What each process holds: modules that only others need are not loaded (decision 61)."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

DRIVERS = {"sqlalchemy", "asyncpg", "geoalchemy2"}
WEB = {"fastapi", "starlette"}
NUMBERS = {"numpy", "scipy", "shapely"}
SOLVERS = {"pyvrp", "scipy.optimize", "scipy.spatial"}
READERS = {"openpyxl"}
BUCKETS = {"obstore"}
PRINTERS = {"typst"}
MIGRATIONS = {"alembic", "mako"}
TERMINAL = {"typer", "app.demo"}

WEIGHTS: dict[str, tuple[set[str], int]] = {
    # what a list, a version or a wrong command takes
    "app.cli": ({*DRIVERS, *WEB, *NUMBERS, *MIGRATIONS, "pydantic", "structlog", "uvicorn", "asyncio", "rich"}, 200),
    # the parent of the API's workers, and what becomes the scheduler
    "app.commands.serve": ({*DRIVERS, *WEB, *NUMBERS, *READERS, *PRINTERS, *MIGRATIONS, "app.main", "httpx"}, 650),
    "app.commands.scheduler": ({*DRIVERS, *WEB, *NUMBERS, *READERS, *PRINTERS, *MIGRATIONS, "app.main", "httpx"}, 650),
    "app.commands.cluster": ({*DRIVERS, *WEB, *NUMBERS, *MIGRATIONS, "uvicorn", "structlog"}, 400),
    "app.commands.migrate": ({*WEB, *NUMBERS, *READERS, *PRINTERS, "uvicorn", "app.main"}, 800),
    # an API worker, and the scheduler
    "app.main": (
        {
            *SOLVERS,
            *READERS,
            *BUCKETS,
            *PRINTERS,
            *MIGRATIONS,
            *TERMINAL,
            "httpx",
            "imapclient",
            "apscheduler",
            "aiosmtplib",
            "authlib",
        },
        2450,  # 240 of them are what pages are made with: templates, catalogs, formats
    ),
    "scheduler.process": (
        {*SOLVERS, *READERS, *BUCKETS, *PRINTERS, *MIGRATIONS, *TERMINAL, "app.main", "uvicorn"},
        1870,
    ),
    # what calculates: what it is asked for comes by name
    "app.ground.workers.worker_process": ({*DRIVERS, *WEB, *NUMBERS, "pydantic", "structlog"}, 200),
    # what tests start in processes of their own is named by modules of this package
    "tests": ({*DRIVERS, *WEB, *NUMBERS, "pydantic", "app"}, 200),
}
"""By the module that a process begins with: what it must not hold, and how many modules it may hold."""


@pytest.fixture(scope="module")
def held() -> dict[str, set[str]]:
    """The modules that each of them loads, all of them at once."""

    def modules_of(name: str) -> set[str]:
        program = f"import gc; gc.disable(); import {name}, sys; print(*sys.modules)"
        command = [sys.executable, "-c", program]
        return set(subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split())

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(WEIGHTS, pool.map(modules_of, WEIGHTS), strict=True))


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_process_holds_nothing_that_only_others_need(held: dict[str, set[str]], name: str) -> None:
    foreign, most = WEIGHTS[name]
    assert held[name] & foreign == set()
    assert len(held[name]) <= most


def test_what_must_not_be_held_exists() -> None:
    """A name that is misspelt in the table would never be held."""
    assert [name for foreign, _ in WEIGHTS.values() for name in foreign if find_spec(name) is None] == []
