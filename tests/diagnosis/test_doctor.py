"""`fieldproof doctor`: what is wrong is told by its exit code and in words, and no secret is told."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ground.settings import Settings
from tests.databases import as_owner, create_database, drop_database, execute


async def doctor(*options: str) -> Result:
    """The command, in a thread: it makes an event loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, ["doctor", *options]))


def told(result: Result, gravity: str) -> list[str]:
    """The subjects of this gravity."""
    return [line[9:].split()[0] for line in result.stdout.splitlines() if line.startswith(gravity)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDPROOF_HOME", str(tmp_path))
    monkeypatch.delenv("FIELDPROOF_DATABASE_URL", raising=False)
    return tmp_path


async def test_a_sound_installation_has_nothing_wrong(committed_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)
    result = await doctor()
    assert result.exit_code == 0
    assert told(result, "wrong") == []
    assert {"server", "connections", "clock", "schema", "closing"} <= set(told(result, "ok"))
    assert "scheduler" in told(result, "warning")  # none leads here
    assert "the newest" in result.stdout


async def test_findings_are_json_for_a_monitor(committed_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)
    findings = json.loads((await doctor("--json")).stdout)
    assert {frozenset(finding) for finding in findings} == {frozenset({"gravity", "subject", "detail"})}
    assert [finding["gravity"] for finding in findings if finding["subject"] == "schema"] == ["ok"]


async def test_a_private_cluster_that_does_not_run_is_told_and_left_alone(home: Path) -> None:
    result = await doctor()
    assert result.exit_code == 0
    assert "is absent" in result.stdout
    assert not (home / "postgres").exists()


async def test_a_database_that_does_not_answer_is_wrong(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", f"postgresql://fieldproof@/fieldproof?host={home}")
    result = await doctor()
    assert (result.exit_code, told(result, "wrong")) == (1, ["database"])
    assert "does not answer" in result.stdout


async def test_an_address_that_is_none_is_wrong_and_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", "hunter2-is-no-address")
    result = await doctor()
    assert (result.exit_code, told(result, "wrong")) == (1, ["database"])
    assert "hunter2" not in result.output


async def test_pending_migrations_are_wrong_and_named(cluster_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = await create_database(cluster_url, migrated=False)
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", url)
    try:
        result = await doctor()
    finally:
        await drop_database(url)
    assert (result.exit_code, told(result, "wrong")) == (1, ["schema"])
    assert "pending: 0015 (baseline)" in result.stdout


async def test_a_schema_of_another_program_is_wrong(committed_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await execute(as_owner(committed_url), "UPDATE alembic_version SET version_num = '9999'")
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)
    result = await doctor()
    assert (result.exit_code, told(result, "wrong")) == (1, ["schema"])
    assert "9999" in result.stdout


async def test_settings_that_cannot_be_are_all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPROOF_LOG_LEVEL", "loud")
    monkeypatch.setenv("FIELDPROOF_DATABASE_POOL_SIZE", "0")
    result = await doctor()
    assert (result.exit_code, told(result, "wrong")) == (1, ["settings", "settings"])


async def test_a_mailbox_that_does_not_answer_is_wrong_and_one_that_does_is_fine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDPROOF_MAILBOX_URL", f"file://{home}/mail")
    monkeypatch.setenv("FIELDPROOF_SMTP_URL", f"file://{home}/answers")
    monkeypatch.setenv("FIELDPROOF_MAIL_FROM", "orders@ours.com")
    assert "mailbox" in told(await doctor(), "ok")
    monkeypatch.setenv("FIELDPROOF_MAILBOX_URL", "imap+plain://orders:hunter2@127.0.0.1:9")
    result = await doctor()
    assert (result.exit_code, told(result, "wrong")) == (1, ["mailbox"])
    assert "hunter2" not in result.output


async def test_no_secret_is_told(committed_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        name: f"hunter2-{name}-{'x' * 32}"
        for name, field in Settings.model_fields.items()
        if "Secret" in str(field.annotation)
    }
    assert len(secrets) >= 10
    urls = {
        "database_url": f"postgresql://fieldproof:{{}}@/fieldproof?host={home}",
        "owner_database_url": "postgresql://owner:{}@db.example/fieldproof",
        "administrator_database_url": "postgresql://root:{}@db.example/fieldproof?password={}",
        "mailbox_url": "imap+plain://orders:{}@127.0.0.1:9",
        "smtp_url": "smtp+plain://orders:{}@127.0.0.1:9",
        "router_url": "http://user:{}@127.0.0.1:9",
    }
    for name, secret in secrets.items():
        monkeypatch.setenv(f"FIELDPROOF_{name.upper()}", urls.get(name, "{}").replace("{}", secret))
    monkeypatch.setenv("FIELDPROOF_MAIL_FROM", "orders@ours.com")
    monkeypatch.setenv("FIELDPROOF_OIDC_ISSUER", "https://id.example")
    monkeypatch.setenv("FIELDPROOF_OIDC_CLIENT_ID", "fieldproof")
    for name in ("mail_oauth_client_secret", "mail_oauth_refresh_token"):  # these need a server without a password
        monkeypatch.delenv(f"FIELDPROOF_{name.upper()}")
    for options in ((), ("--json",)):
        result = await doctor(*options)
        assert "hunter2" not in result.output
        assert "ADMINISTRATOR_DATABASE_URL" in result.output
