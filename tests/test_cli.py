"""The command line: what it prints, and what it says where something is wrong."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ground.db.session import Database
from app.ground.private_cluster.cluster import Cluster
from app.ground.settings import Settings
from app.ground.web import logs
from app.processes import api_workers, serving
from tests.cluster_homes import cluster_home
from tests.conftest import NOT_DURABLE
from tests.factories.territories import make_territory


async def run(*command: str, typed: str = "") -> Result:
    """The command, in a thread: it makes an event loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, command, input=typed))


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What commands set up logs by: for their process, which here is the tests' own, and is left as it is."""
    found: list[Settings] = []
    monkeypatch.setattr(logs, "configure", found.append)
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which no cluster was ever started."""
    monkeypatch.setenv("FIELDPROOF_HOME", str(tmp_path))
    monkeypatch.delenv("FIELDPROOF_DATABASE_URL", raising=False)
    return tmp_path


async def test_the_address_of_a_cluster_that_was_never_started_is_refused_in_words(home: Path) -> None:
    result = await run("database", "url")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "was never started" in result.stderr


async def test_the_address_and_the_state_of_the_cluster_are_what_psql_and_people_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FIELDPROOF_DATABASE_URL", raising=False)
    with cluster_home() as home:
        monkeypatch.setenv("FIELDPROOF_HOME", str(home))
        cluster = Cluster(home, overrides=NOT_DURABLE)
        before = await run("database", "status")
        assert (before.exit_code, before.stdout.split()[0]) == (0, "absent")
        await asyncio.to_thread(cluster.ensure_running)
        assert (await run("database", "url")).stdout.startswith("postgresql://fieldproof@/fieldproof?host=/")
        assert (await run("database", "status")).stdout.startswith(f"running (process {cluster.status().pid}, ")
        assert [(await run("database", "stop")).stdout for _ in range(2)] == ["stopped\n", "it did not run\n"]
        assert (await run("database", "status")).stdout.startswith("stopped (")


async def test_a_database_that_is_away_is_told_in_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", f"postgresql://fieldproof@/fieldproof?host={home}")
    result = await run("close-day", "--territory", "PAT", "--date", "2026-11-23")
    assert result.exit_code == 1
    assert result.stderr.startswith("The database does not answer: ")


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str, int]]:
    """How many workers would have served, and where."""
    told: list[tuple[int, str, int]] = []

    class Workers:
        def __init__(self, config: uvicorn.Config, count: int, **_: Any) -> None:
            told.append((count, config.host, config.port))

        def run(self) -> int:
            return 0

    monkeypatch.setattr(serving, "ApiWorkers", Workers)
    return told


async def test_workers_get_the_time_that_a_start_takes_on_a_busy_machine(
    home: Path, monkeypatch: pytest.MonkeyPatch, workers: list[tuple[int, str, int]]
) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", f"postgresql://fieldproof@/fieldproof?host={home}")
    assert (await run("serve", "--workers", "2", "--port", "8123")).exit_code == 0
    assert workers == [(2, "127.0.0.1", 8123)]
    assert api_workers.SILENT_SECONDS >= 60


async def test_a_demo_on_a_database_in_use_is_refused_in_words(
    committed: Database, committed_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)
    async with committed.transaction() as session:
        await make_territory(session)
    result = await run("demo")
    assert (result.exit_code, result.stderr) == (
        1,
        "The demo day needs an empty database: this one has a territory already.\n",
    )


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("LOG_LEVEL", "loud", "FIELDPROOF_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'\n"),
        ("DATABASE_POOL_SIZE", "0", "FIELDPROOF_DATABASE_POOL_SIZE: Input should be greater than or equal to 1\n"),
    ],
)
async def test_a_setting_that_cannot_be_is_told_by_its_name(
    home: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, told: str
) -> None:
    monkeypatch.setenv(f"FIELDPROOF_{setting}", value)
    result = await run("migrate")
    assert (result.exit_code, result.stderr) == (1, told)


async def test_a_database_that_does_not_exist_is_told_by_its_name(
    cluster_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", cluster_url.replace("/fieldproof?", "/nowhere?"))
    result = await run("migrate")
    assert result.exit_code == 1
    assert result.stderr == 'The database cannot be used: database "nowhere" does not exist\n'


async def test_a_migration_that_does_not_exist_is_refused_in_words(
    cluster_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", cluster_url)
    result = await run("migrate", "--to", "nonsense")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("There is no revision nonsense. There are: 0015 (baseline)")


async def test_a_server_sets_up_its_own_logs_beside_those_of_its_workers(
    home: Path, monkeypatch: pytest.MonkeyPatch, configured: list[Settings], workers: list[tuple[int, str, int]]
) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", "postgresql://nowhere")
    assert (await run("serve", "--workers", "2")).exit_code == 0
    assert [settings.home for settings in configured] == [home]


async def test_what_nobody_foresaw_keeps_its_traceback(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise KeyError("a mistake of the program")

    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", "postgresql://nowhere")
    monkeypatch.setattr(serving, "become_scheduler", fail)
    assert isinstance((await run("scheduler")).exception, KeyError)


def test_a_taken_port_is_told_before_anything_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_LOG_LEVEL", "warning")  # or the command itself sets both, for the tests after it too
    monkeypatch.setenv("FIELDPROOF_LOG_FORMAT", "console")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(cli, ["run", "--port", str(port)])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Cannot listen on 127.0.0.1:{port}: address already in use. Another port: make run PORT=8001\n",
    )
    assert list(home.iterdir()) == []


async def test_without_a_mailbox_the_inbox_commands_say_what_to_set(home: Path) -> None:
    result = await run("inbox", "check")
    assert result.exit_code == 1
    assert "FIELDPROOF_MAILBOX_URL" in result.stderr


async def test_a_mailbox_without_a_way_to_answer_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_MAILBOX_URL", f"file://{home}/mail")
    result = await run("inbox", "check")
    assert (result.exit_code, result.stderr.count("FIELDPROOF_SMTP_URL")) == (1, 1)


async def test_a_mailbox_that_is_no_url_is_refused_without_telling_its_password(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDPROOF_MAILBOX_URL", "orders:hunter2@imap.ours.com")
    result = await run("inbox", "check")
    assert result.exit_code == 1
    assert result.stderr.startswith("FIELDPROOF_MAILBOX_URL: ")
    assert "hunter2" not in result.stderr


async def test_the_mailbox_is_checked_and_worked_off_from_the_terminal(
    home: Path, committed_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)
    monkeypatch.setenv("FIELDPROOF_MAILBOX_URL", f"file://{home}/mail")
    monkeypatch.setenv("FIELDPROOF_SMTP_URL", f"file://{home}/answers")
    monkeypatch.setenv("FIELDPROOF_MAIL_FROM", "orders@ours.com")
    assert (await run("inbox", "check")).stdout.splitlines() == [
        f"mailbox: the folder {home}/mail",
        "0 mails wait",
        f"answers: files in {home}/answers",
    ]
    (home / "mail" / "1.eml").write_bytes(b"From: stranger@example.com\nSubject: Hello\n\nHello\n")
    assert (await run("inbox", "work-off")).stdout == "1 mails worked off\n"
    assert (home / "mail" / "Unreadable" / "1.eml").exists()


async def test_a_mailbox_that_is_away_is_told_in_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_MAILBOX_URL", "imap+plain://orders:secret@127.0.0.1:9")
    monkeypatch.setenv("FIELDPROOF_SMTP_URL", "smtp+plain://127.0.0.1:9")
    monkeypatch.setenv("FIELDPROOF_MAIL_FROM", "orders@ours.com")
    result = await run("inbox", "check")
    assert (result.exit_code, result.stderr) == (1, "127.0.0.1:9: [Errno 111] Connection refused\n")
