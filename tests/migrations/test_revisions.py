"""The revisions as their files are read, beside what Alembic makes of them."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app.ground.db import revisions
from app.ground.db.migrations import alembic_config
from app.ground.db.revisions import Revisions


def test_files_that_are_read_say_what_they_say_to_alembic() -> None:
    scripts = list(ScriptDirectory.from_config(alembic_config()).walk_revisions())[::-1]
    ours = Revisions()
    assert [(revision.number, revision.title) for revision in ours.after(0)] == [(s.revision, s.doc) for s in scripts]
    replaced = {number: s.module.replaced_until for s in scripts for number in getattr(s.module, "replaces", ())}
    assert replaced
    assert {number: commit for number, (_, commit) in ours._replaced.items()} == replaced
    assert ours.newest_number == scripts[-1].revision


def test_migrations_that_are_not_one_line_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "versions").mkdir()
    for number, before in (("1", None), ("2", "1"), ("3", "1")):
        text = f'"""A step."""\nrevision = "{number}"\ndown_revision = {before!r}\n'
        (tmp_path / "versions" / f"2026_{number}.py").write_text(text)
    monkeypatch.setattr(revisions, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="not one line"):
        Revisions()
