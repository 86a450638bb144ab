"""Databases to migrate: an empty one, one of before the baseline, and a Fieldproof that is one migration ahead."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.ground.db import migrations, revisions
from app.ground.db.revisions import FOLDER, Revision, Revisions
from tests.databases import as_owner, connected, create_database, drop_database

OLD_DATABASE = Path(__file__).with_name("database_of_revision_0015.sql")

NEXT = '''"""Notes, which no Fieldproof has.

Revision: 9001
Revises: {head}
"""

from alembic import op

revision = "9001"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE notes AS SELECT current_setting('statement_timeout') AS statement_timeout")


def downgrade() -> None:
    op.execute("DROP TABLE notes")
'''


@pytest.fixture
async def empty_url(cluster_url: str) -> AsyncIterator[str]:
    """A database with PostGIS and nothing else, for its owner."""
    url = as_owner(await create_database(cluster_url, migrated=False))
    yield url
    await drop_database(url)


@pytest.fixture
async def old_url(cluster_url: str) -> AsyncIterator[str]:
    """A database that the fifteen migrations before the baseline made, with rows in every table, for its owner."""
    url = as_owner(await create_database(cluster_url, migrated=False))
    async with connected(url) as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.execute(OLD_DATABASE.read_text("utf-8"))
    yield url
    await drop_database(url)


@pytest.fixture
def head() -> Revision:
    """The newest revision."""
    return _newest()


@pytest.fixture
def one_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the next migration is called, in a Fieldproof that has one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "2100-01-01-0900_notes_of_reps.py").write_text(NEXT.format(head=_newest().number))
    for module in (migrations, revisions):
        monkeypatch.setattr(module, "FOLDER", folder)
    return "9001 (notes of reps)"


def _newest() -> Revision:
    return Revisions().after(0)[-1]
