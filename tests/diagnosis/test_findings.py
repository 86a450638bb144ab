"""What single findings mean."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.diagnosis.database import ServerFacts, address, of_clocks, of_room, of_scheduler, of_server
from app.diagnosis.interpreter import Build, build_of, judged
from app.diagnosis.machine import GIB, MIB, look_at_secret, nearest, room_judged
from app.ground.findings import Finding, Gravity
from app.ground.settings import Settings
from app.ground.settings_review import OF_TESTS, review
from app.ground.web.readiness import Look
from tests.browsers import NAMED_BY

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOTH = "'--enable-optimizations' '--with-lto'"


@pytest.mark.parametrize(
    ("arguments", "prefix", "release", "thorough"),
    [
        (BOTH, "/usr/local", "", True),
        ("'--enable-optimizations'", "/usr/local", "", False),
        ("'--enable-shared'", "/home/me/.pyenv", "ID=debian", False),
        ("'--enable-shared'", "/usr", "ID=debian", True),
        ("", "/usr", 'ID=linuxmint\nID_LIKE="ubuntu debian"', True),
        ("", "/usr", "ID=alpine", False),
        ("", "/usr", None, False),
    ],
)
def test_a_distributions_own_python_is_built_well_and_others_say_whether_they_are(
    tmp_path: Path, arguments: str, prefix: str, release: str | None, thorough: bool
) -> None:
    path = tmp_path / "os-release"
    if release is not None:
        path.write_text(release)
    assert build_of({"CONFIG_ARGS": arguments}, prefix, path).is_thorough is thorough


@pytest.mark.parametrize(
    ("version", "build", "gravity", "said"),
    [
        ((3, 10, 9), Build(True, True, False), Gravity.WRONG, "3.11 or newer"),
        ((3, 11, 2), Build(True, True, False, "debian"), Gravity.FINE, "by debian"),
        ((3, 13, 0), Build(False, False, False), Gravity.UNUSUAL, "without profiles (PGO) or LTO"),
        ((3, 13, 0), Build(True, False, False), Gravity.NOTE, "without LTO"),
        ((3, 13, 0), Build(True, True, True), Gravity.UNUSUAL, "for debugging"),
    ],
)
def test_an_interpreter_is_judged_by_its_version_and_its_build(
    version: tuple[int, int, int], build: Build, gravity: Gravity, said: str
) -> None:
    finding = judged(version, build, "/usr/bin/python3")
    assert finding.gravity is gravity
    assert said in finding.detail


@pytest.mark.parametrize(
    ("free", "total", "gravity"),
    [
        (100 * MIB, 100 * GIB, Gravity.WRONG),
        (1 * GIB, 4 * GIB, Gravity.UNUSUAL),
        (9 * GIB, 100 * GIB, Gravity.UNUSUAL),
        (11 * GIB, 100 * GIB, Gravity.FINE),
    ],
)
def test_a_disk_is_judged_by_its_room(free: int, total: int, gravity: Gravity) -> None:
    assert room_judged("home", Path("/"), free, total).gravity is gravity


def test_a_folder_that_is_not_there_is_looked_at_where_it_would_be_made(tmp_path: Path) -> None:
    assert nearest(tmp_path / "a" / "b") == tmp_path


@pytest.mark.parametrize(("mode", "told"), [(0o600, []), (0o640, [Gravity.WRONG]), (0o604, [Gravity.WRONG])])
def test_a_key_that_others_can_read_is_wrong(tmp_path: Path, mode: int, told: list[Gravity]) -> None:
    path = tmp_path / "token_secret"
    path.touch()
    path.chmod(mode)
    assert [finding.gravity for finding in look_at_secret(tmp_path)] == told


@pytest.mark.parametrize(
    ("ahead_s", "gravity"),
    [(0.0, Gravity.FINE), (1.5, Gravity.FINE), (-3.0, Gravity.UNUSUAL), (3.0, Gravity.UNUSUAL), (-3601, Gravity.WRONG)],
)
def test_clocks_are_judged_by_what_they_differ(ahead_s: float, gravity: Gravity) -> None:
    ours = NOON + timedelta(seconds=ahead_s)
    assert of_clocks(NOON, ours, ours + timedelta(milliseconds=5)).gravity is gravity


def test_a_slow_answer_is_no_difference_of_clocks() -> None:
    assert of_clocks(NOON, NOON - timedelta(seconds=4), NOON + timedelta(seconds=4)).gravity is Gravity.FINE


def facts(**others: object) -> ServerFacts:
    sound = {
        "version": "15.4",
        "major": 15,
        "postgis": "3.3",
        "role": "fieldproof",
        "is_superuser": False,
        "may_rewrite_ledger": False,
        "may_keep_tables": True,
        "not_durable": [],
        "connections": 97,
        "in_recovery": False,
        "size_mib": 20,
        "at": NOON,
    }
    return ServerFacts(**(sound | others))  # type: ignore[arg-type] # a table of cases


@pytest.mark.parametrize(
    ("others", "gravities"),
    [
        ({}, [Gravity.FINE]),
        ({"major": 14}, [Gravity.WRONG]),
        ({"postgis": None}, [Gravity.WRONG]),
        ({"in_recovery": True}, [Gravity.FINE, Gravity.WRONG]),
        ({"not_durable": ["fsync"]}, [Gravity.FINE, Gravity.UNUSUAL]),
        ({"is_superuser": True}, [Gravity.FINE, Gravity.UNUSUAL]),
        ({"may_rewrite_ledger": True}, [Gravity.FINE, Gravity.UNUSUAL]),
        ({"may_keep_tables": False}, [Gravity.FINE, Gravity.WRONG]),
    ],
)
def test_a_server_is_judged_by_what_it_says_of_itself(others: dict[str, object], gravities: list[Gravity]) -> None:
    assert [finding.gravity for finding in of_server(facts(**others))] == gravities


@pytest.mark.parametrize(("connections", "gravity"), [(97, Gravity.FINE), (22, Gravity.FINE), (21, Gravity.WRONG)])
def test_a_server_must_have_connections_for_a_worker_and_a_scheduler(connections: int, gravity: Gravity) -> None:
    [finding] = of_room(facts(connections=connections), Settings())
    assert finding.gravity is gravity


@pytest.mark.parametrize(
    ("look", "gravity"),
    [
        (Look("0030", leads=True, silent_seconds=2.0), Gravity.FINE),
        (Look("0030", leads=True, silent_seconds=60.0), Gravity.UNUSUAL),
        (Look("0030", leads=False, silent_seconds=None), Gravity.UNUSUAL),
    ],
)
def test_a_scheduler_is_judged_by_when_it_was_heard(look: Look, gravity: Gravity) -> None:
    assert of_scheduler(look).gravity is gravity


def reviewed(settings: dict[str, object], **environment: str) -> list[Finding]:
    sound = {"metrics_token": "m" * 8, "token_secret": "t" * 32}
    return list(review(Settings(**(sound | settings)), environment))  # type: ignore[arg-type] # parsed


OPEN: dict[str, object] = {
    "database_url": "postgresql://a@db.example/f",
    "owner_database_url": "postgresql://b@/f?host=/run",
}


def test_what_names_the_browser_of_the_tests_is_no_misspelt_setting() -> None:
    assert {NAMED_BY} == OF_TESTS
    assert not [finding for finding in reviewed({}, **{NAMED_BY: "/opt/chromium"}) if NAMED_BY in finding.detail]


@pytest.mark.parametrize(
    ("settings", "environment", "said"),
    [
        ({}, {"FIELDPROOF_LOG_LEVLE": "debug"}, "is FIELDPROOF_LOG_LEVEL meant?"),
        ({}, {"FORWARDED_ALLOW_IPS": "*"}, "FORWARDED_ALLOW_IPS is *"),
        (OPEN, {}, "FIELDPROOF_DATABASE_URL names another machine without sslmode=require"),
        ({"metrics_token": None}, {}, "METRICS_TOKEN is not set"),
        ({"token_secret": None}, {}, "TOKEN_SECRET is not set"),
        ({"token_secret_previous": "p" * 32}, {}, "a rotation is under way"),
        ({"log_level": "debug"}, {}, "LOG_LEVEL is debug"),
        ({"database_url": "postgresql://a@/f?host=/run"}, {}, "OWNER_DATABASE_URL is not set"),
        (OPEN | {"administrator_database_url": "postgresql://c@/f"}, {}, "ADMINISTRATOR_DATABASE_URL is set"),
    ],
)
def test_a_setting_that_is_unusual_or_unsafe_is_told(
    settings: dict[str, object], environment: dict[str, str], said: str
) -> None:
    [finding, *others] = [found for found in reviewed(settings, **environment) if said in found.detail]
    assert others == []
    assert finding.gravity in {Gravity.NOTE, Gravity.UNUSUAL}


def test_settings_without_anything_unusual_are_fine() -> None:
    encrypted: dict[str, object] = {"database_url": "postgresql://a@db.example/f?sslmode=require"}
    assert [found.gravity for found in reviewed({})] == [Gravity.FINE]
    assert [found.gravity for found in reviewed(OPEN | encrypted)] == [Gravity.FINE]


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("postgresql://a:hunter2@db.example:5433/f?password=hunter2", "the database f on db.example:5433, as a"),
        ("postgresql+asyncpg://a@/f?host=/run/pg", "the database f on /run/pg, as a"),
        ("hunter2", "what is no address"),
    ],
)
def test_an_address_is_told_without_its_password(url: str, read: str) -> None:
    assert address(url) == read


def test_a_home_that_cannot_be_written_to_is_looked_for() -> None:
    assert os.access(nearest(Path("/nowhere/at/all")), os.R_OK)
