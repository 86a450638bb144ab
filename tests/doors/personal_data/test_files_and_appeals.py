"""What a rep sent and appealed is told with the rest, and goes with the person (decision 57)."""

import asyncio
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ground.attachments import service as attachments
from app.ground.attachments.models import AttachmentContent, KeptAttachment
from app.ground.attachments.pruning_job import AttachmentPruner
from app.ground.attachments.stores import DirectoryStore, Store
from app.ground.db.session import Database
from app.ground.web.access import Caller, CallerKind
from app.masters.territories.models import Rep
from app.motivation.appeals import service as appeals
from tests.databases import as_owner
from tests.factories.appeals import BOOKED_AT, make_entry, make_png
from tests.factories.territories import make_rep, make_territory

SECRET_WORDS = "my daughter was ill"


async def person(*command: str) -> Result:
    """The command, in a thread: it makes an event loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, ["person", *command]))


@pytest.fixture(params=["database", "directory"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, committed_url: str, monkeypatch: pytest.MonkeyPatch
) -> Store | None:
    """Where files are kept, as the command's environment says."""
    monkeypatch.setenv("FIELDPROOF_DATABASE_URL", committed_url)
    monkeypatch.setenv("FIELDPROOF_OWNER_DATABASE_URL", as_owner(committed_url))
    if request.param == "database":
        return None
    (tmp_path / "files").mkdir()
    monkeypatch.setenv("FIELDPROOF_ATTACHMENTS_URL", f"file://{tmp_path}/files")
    return DirectoryStore(tmp_path / "files")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def appeal(database: Database, store: Store | None) -> Rep:
    """A rep who appeals with a photo, in words of her own."""
    async with database.transaction() as session:
        rep = await make_rep(session, await make_territory(session), code="MARIA-77")
        entry = await make_entry(session, rep)
    caller = Caller(CallerKind.DEVICE, "d", rep.code, rep_id=rep.id, rep_code=rep.code)
    file = attachments.SentFile(uuid4(), "daughter.png", "image/png", make_png())
    attachment, _ = await attachments.receive(database, store, file, caller, BOOKED_AT)
    async with database.transaction() as session:
        files = [attachment.id]
        await appeals.submit(
            session, caller, entry.id, id_=uuid4(), words=SECRET_WORDS, attachment_ids=files, at=BOOKED_AT
        )
    return rep


async def test_an_export_has_the_words_and_the_files(committed: Database, store: Store | None, tmp_path: Path) -> None:
    rep = await appeal(committed, store)
    written = await person("export", str(tmp_path), "--rep", rep.code)
    assert (written.exit_code, "1 files" in written.stdout) == (0, True), written.output
    with zipfile.ZipFile(tmp_path / "rep.zip") as archive:
        names = archive.namelist()
        (photo,) = [name for name in names if name.endswith("daughter.png")]
        assert archive.read(photo) == make_png()
        assert SECRET_WORDS in archive.read("appeal_steps.ndjson").decode()


async def test_an_export_without_the_files_is_no_export(
    committed: Database, store: Store | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store is None:
        monkeypatch.setenv("FIELDPROOF_ATTACHMENTS_URL", f"file://{tmp_path}/nowhere")
        rep = await appeal(committed, None)
        assert (await person("export", str(tmp_path), "--rep", rep.code)).exit_code == 0
        return
    rep = await appeal(committed, store)
    monkeypatch.setenv("FIELDPROOF_ATTACHMENTS_URL", f"file://{tmp_path}/nowhere")
    assert (await person("export", str(tmp_path), "--rep", rep.code)).exit_code == 1
    assert not (tmp_path / "rep.zip").exists()


async def test_what_an_erased_rep_sent_and_said_is_gone_and_that_there_was_an_appeal_stays(
    committed: Database, store: Store | None, tmp_path: Path
) -> None:
    rep = await appeal(committed, store)
    async with committed.transaction() as session:
        (await session.merge(rep)).active = False
    erased = await person("erase", "--rep", rep.code)
    assert erased.exit_code == 0, erased.output
    async with committed.read_only() as session:
        for table in ("appeals", "appeal_steps", "attachments", "attachment_contents"):
            rows = "\n".join(await session.scalars(text(f"SELECT t::text FROM {table} t")))
            assert all(words not in rows for words in (SECRET_WORDS, "daughter", "MARIA-77"))
        assert await session.scalar(text("SELECT count(*) FROM appeals")) == 1
        assert await session.scalar(select(func.count()).select_from(AttachmentContent)) == 0
    assert await AttachmentPruner(store).prune(committed) == 1
    async with committed.read_only() as session:
        assert await session.scalar(select(func.count()).select_from(KeptAttachment)) == 0
    assert files_in(tmp_path) == []
