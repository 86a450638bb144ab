"""`fieldproof migrate`: what it says it did, and what it says where it cannot."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ground.db import migrations
from app.ground.db.migrations import MIGRATION_LOCK
from app.ground.db.revisions import Revision, Revisions
from app.ground.db.session import asyncpg_url
from tests.databases import as_owner, connected, create_database, drop_database, execute, scalars

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
HAS_OUTLETS = "SELECT to_regclass('outlets') IS NOT NULL"


async def migrate(url: str, *options: str) -> Result:
    """The command on the database at `url`, in a thread: it makes an event loop of its own."""
    environment = {"FIELDPROOF_DATABASE_URL": url}
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, ["migrate", *options], env=environment))


async def output(url: str, *options: str) -> str:
    """What it prints where it succeeds."""
    result = await migrate(url, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


async def refusal(url: str, *options: str) -> str:
    """What it says where it cannot: in one line, without a traceback."""
    result = await migrate(url, *options)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    return result.stderr.rstrip()


def name(url: str) -> str:
    return str(asyncpg_url(url).database)


@pytest.fixture
async def bare_url(cluster_url: str) -> AsyncIterator[str]:
    """A database without PostGIS."""
    url = as_owner(await create_database(cluster_url, migrated=False, postgis=False))
    yield url
    await drop_database(url)


@pytest.fixture
def owned_url(committed_url: str) -> str:
    """A migrated database, for its owner."""
    return as_owner(committed_url)


async def test_it_tells_from_where_to_where_it_went(empty_url: str, head: Revision) -> None:
    assert await output(empty_url) == f"empty → {head}\n"
    assert await output(empty_url) == f"Nothing to do: the database is at {head}, the newest.\n"


async def test_a_database_of_before_the_baseline_is_at_the_baseline(old_url: str) -> None:
    answer = await output(old_url, "--to", "0015")
    assert answer.startswith("Nothing to do: the database is at 0015 (baseline)")


async def test_it_goes_up_to_a_revision_that_is_named(empty_url: str, head: Revision, one_ahead: str) -> None:
    assert await output(empty_url, "--to", head.number) == f"empty → {head}\n"
    assert await output(empty_url, "--to", head.number) == f"Nothing to do: the database is at {head}.\n"
    assert await output(empty_url, "--to", "head") == f"{head} → {one_ahead}\n"


async def test_it_goes_down_by_one_revision_where_none_is_named(empty_url: str, head: Revision, one_ahead: str) -> None:
    await output(empty_url)
    assert await output(empty_url, "--down") == f"{one_ahead} → {head}\n"
    await output(empty_url)
    assert await output(empty_url, "--down", "--to", head.number) == f"{one_ahead} → {head}\n"


async def test_the_status_says_what_is_pending_and_changes_nothing(
    empty_url: str, head: Revision, one_ahead: str
) -> None:
    before = await migrate(empty_url, "--status")
    assert (before.exit_code, before.stderr) == (3, "")
    assert before.stdout.splitlines()[0] == f"The database {name(empty_url)} is empty. Pending:"
    assert f"  {head.number}  {head.title}" in before.stdout.splitlines()
    assert await scalars(empty_url, HAS_OUTLETS) == [False]

    await output(empty_url, "--to", head.number)
    between = await migrate(empty_url, "--status")
    assert (between.exit_code, between.stdout) == (
        3,
        f"The database {name(empty_url)} is at {head}. Pending:\n  9001  Notes, which no Fieldproof has.\n",
    )

    await output(empty_url)
    assert await output(empty_url, "--status") == f"The database {name(empty_url)} is at {one_ahead}, the newest.\n"


async def test_a_status_waits_for_no_migration(owned_url: str) -> None:
    async with connected(owned_url) as another:
        await another.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        assert "the newest" in await output(owned_url, "--status")


async def test_it_says_that_it_waits_for_another_migration(empty_url: str, head: Revision) -> None:
    async with connected(empty_url) as another:
        await another.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        waiting = asyncio.create_task(migrate(empty_url))
        while not await another.scalar(
            text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
        ):
            pass  # each question is a round trip
        await another.rollback()
        result = await waiting
    assert (result.exit_code, result.stdout) == (0, f"empty → {head}\n")
    assert result.stderr == "Another migration is running: this one waits until it has ended.\n"


async def test_nothing_is_dropped_but_in_the_database_that_is_named(owned_url: str, head: Revision) -> None:
    hint = await refusal(owned_url, "--down", "--to", "base")
    assert hint.endswith(f"fieldproof migrate --down --to base --drop-all-data {name(owned_url)}")
    other = await refusal(owned_url, "--down", "--to", "base", "--drop-all-data", "fieldproof")
    assert other == f"This is the database {name(owned_url)}, not fieldproof. Nothing was dropped."
    assert await scalars(owned_url, HAS_OUTLETS) == [True]

    assert await output(owned_url, *hint.split()[-5:]) == f"{head} → empty\n"
    assert await scalars(owned_url, HAS_OUTLETS) == [False]
    assert await output(owned_url, "--down") == "Nothing to do: the database is empty.\n"


async def test_the_step_below_the_first_revision_is_no_step_like_others(empty_url: str) -> None:
    await output(empty_url, "--to", "0015")
    assert (await refusal(empty_url, "--down")).startswith("Below 0015 (baseline) there is nothing: every table")
    assert await scalars(empty_url, HAS_OUTLETS) == [True]


async def test_the_way_down_has_to_be_asked_for(empty_url: str, head: Revision, one_ahead: str) -> None:
    await output(empty_url)
    assert await refusal(empty_url, "--to", head.number) == (
        f"The database is at {one_ahead}, past {head}. The way down, on which data is lost, has to be asked for:"
        f" fieldproof migrate --down --to {head.number}"
    )
    await output(empty_url, "--down")
    assert await refusal(empty_url, "--down", "--to", "9001") == (
        f"The database is at {head}: {one_ahead} is up from there, without --down."
    )


@pytest.mark.parametrize("options", [["--status", "--down"], ["--status", "--to", "head"], ["--drop-all-data", "x"]])
async def test_options_that_do_not_go_together_are_refused(empty_url: str, options: list[str]) -> None:
    result = await migrate(empty_url, *options)
    assert (result.exit_code, result.stdout) == (2, "")


async def test_a_revision_that_does_not_exist_is_refused_with_those_that_do(owned_url: str) -> None:
    there_are = ", ".join(map(str, Revisions().after(0)))
    assert await refusal(owned_url, "--to", "nonsense") == f"There is no revision nonsense. There are: {there_are}."
    assert await refusal(owned_url, "--to", "0007") == (
        "There is no revision 0007 any more: it is part of 0015 (baseline)."
    )


@pytest.mark.parametrize("options", [[], ["--down"], ["--status"]])
async def test_a_database_of_before_the_last_of_the_fifteen_is_too_old(owned_url: str, options: list[str]) -> None:
    await execute(owned_url, "UPDATE alembic_version SET version_num = '0014'")
    assert await refusal(owned_url, *options) == (
        "The database is at revision 0014, which is too old: this Fieldproof upgrades databases from 0015 (baseline)"
        " on. Bring it there first, by `fieldproof migrate` of commit f51246a."
    )


@pytest.mark.parametrize("options", [[], ["--down"], ["--status"]])
async def test_a_database_of_a_newer_fieldproof_is_left_alone(
    owned_url: str, head: Revision, options: list[str]
) -> None:
    await execute(owned_url, "UPDATE alembic_version SET version_num = '9001'")
    assert await refusal(owned_url, *options) == (
        f"The database is at revision 9001, which this Fieldproof does not know: its newest is {head}."
        " A newer Fieldproof, or another program, has migrated it: use that one."
    )


async def test_a_database_without_postgis_is_refused_with_the_way_to_get_it(bare_url: str) -> None:
    assert "CREATE EXTENSION postgis;" in await refusal(bare_url)


async def test_a_server_that_is_too_old_is_refused(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "OLDEST_POSTGRESQL", 99)
    assert (await refusal(empty_url)).endswith(": Fieldproof needs 99 or newer.")


async def test_a_role_that_may_not_make_tables_is_told_so(empty_url: str) -> None:
    await execute(empty_url, "REVOKE CREATE ON SCHEMA public FROM pg_database_owner")
    assert await refusal(empty_url) == (
        "The database's role may not do that: permission denied for schema public."
        " Migrate as the role that owns the tables. Nothing was changed."
    )


async def test_a_database_that_takes_no_writes_is_told_so(empty_url: str) -> None:
    await execute(empty_url, f'ALTER DATABASE "{name(empty_url)}" SET default_transaction_read_only = on')
    assert (await refusal(empty_url)).startswith("The database takes no changes: cannot execute CREATE TABLE")


async def test_a_database_that_is_not_empty_and_has_no_revision_is_left_alone(owned_url: str) -> None:
    await execute(owned_url, "DROP TABLE alembic_version")
    assert (await refusal(owned_url)).startswith(
        'The database is at no revision, and yet it is not empty: relation "events" already exists.'
    )
    assert await scalars(owned_url, "SELECT to_regclass('alembic_version') IS NULL") == [True]


async def test_what_others_have_built_on_the_tables_is_named_before_anything_is_dropped(owned_url: str) -> None:
    await execute(owned_url, "CREATE VIEW shops AS SELECT code FROM outlets")
    answer = await refusal(owned_url, "--down", "--to", "base", "--drop-all-data", name(owned_url))
    assert answer.startswith("Something that is not Fieldproof's stands on its tables: ")
    assert "view shops depends on table outlets" in answer


async def test_a_database_that_is_away_is_told_in_words(tmp_path: Path) -> None:
    for options in ([], ["--status"]):
        answer = await refusal(f"postgresql://fieldproof@/fieldproof?host={tmp_path}", *options)
        assert answer.startswith("The database does not answer: ")
