"""`fieldproof person …`: one person by name, written out and erased by the tables' owner."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ground.db.session import Database
from tests.databases import as_owner
from tests.factories.territories import make_rep, make_territory


async def person(*command: str) -> Result:
    """The command, in a thread: it makes an event loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, ["person", *command]))


async def test_a_rep_is_written_out_refused_while_active_and_erased(
    committed: Database, committed_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)
    monkeypatch.setenv("FIELDPROOF_OWNER_DATABASE_URL", as_owner(committed_url))
    async with committed.transaction() as session:
        rep = await make_rep(session, await make_territory(session), code="PAT-R1", name="Maria")
    assert (await person("export", str(tmp_path))).exit_code == 2
    told = await person("export", str(tmp_path), "--rep", "PAT-R1")
    assert (told.exit_code, told.stdout) == (0, f"{tmp_path}/rep.zip: 1 rows of 1 tables\n")
    again = await person("export", str(tmp_path), "--rep", "PAT-R1")
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)
    refused = await person("erase", "--rep", "PAT-R1")
    assert (refused.exit_code, "still works here" in refused.stderr) == (1, True)
    async with committed.transaction() as session:
        (await session.merge(rep)).active = False
    done = await person("erase", "--rep", "PAT-R1")
    assert (done.exit_code, f"erased-rep-{rep.id}" in done.stdout) == (0, True)
    assert (await person("erase", "--rep", "PAT-R1")).exit_code == 1
