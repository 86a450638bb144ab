"""The revisions that a schema can be at, as `migrations/versions` has them: one line, from the baseline on.

The files are read, not run: who only asks where a database stands holds no Alembic. A test compares both readings.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.ground.errors import Told

FOLDER = Path(__file__).resolve().parents[3] / "migrations"
NEWEST = "head"
NONE_AT_ALL = "base"
_DECLARED = {"revision", "down_revision", "replaces", "replaced_until"}


class MigrationRefused(Told):
    """The schema cannot be brought where it was to go; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One migration: its number, its name, and what it is in a sentence."""

    number: str
    name: str
    title: str

    def __str__(self) -> str:
        """As people are told: 0015 (baseline)."""
        return f"{self.number} ({self.name})"


@dataclass(frozen=True, slots=True)
class _Script:
    """A migration's file: its revision, and the constants that it declares."""

    revision: Revision
    constants: Mapping[str, Any]


def _script(path: Path) -> _Script:
    module = ast.parse(path.read_text("utf-8"))
    constants = {
        target.id: ast.literal_eval(statement.value)
        for statement in module.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id in _DECLARED
    }
    title = (ast.get_docstring(module) or "").partition("\n\n")[0]
    return _Script(Revision(constants["revision"], path.stem.partition("_")[2].replace("_", " "), title), constants)


def _in_line(scripts: list[_Script]) -> list[_Script]:
    """From the first one on, each before the one that goes up from it."""
    by_predecessor = {script.constants["down_revision"]: script for script in scripts}
    line: list[_Script] = []
    number: str | None = None
    while (script := by_predecessor.get(number)) is not None:
        line.append(script)
        number = script.revision.number
    if len(line) < len(scripts):
        raise ValueError("The migrations are not one line.")
    return line


class Revisions:
    """All revisions, oldest first. A *position* counts those that a database has: 0 in an empty one."""

    def __init__(self) -> None:
        scripts = _in_line([_script(path) for path in (FOLDER / "versions").glob("*.py")])
        self._line = [script.revision for script in scripts]
        # what a squash has put into one (decision 30)
        self._replaced = {
            number: (position, str(script.constants["replaced_until"]))
            for position, script in enumerate(scripts, 1)
            for number in script.constants.get("replaces", ())
        }

    @property
    def newest(self) -> int:
        """The position of a database that has all of them."""
        return len(self._line)

    @property
    def newest_number(self) -> str:
        """The number of a database that has all of them."""
        return self.target(self.newest)

    def name(self, position: int) -> str:
        """A position as people are told it."""
        return str(self._line[position - 1]) if position else "empty"

    def target(self, position: int) -> str:
        """A position as Alembic is told it."""
        return self._line[position - 1].number if position else NONE_AT_ALL

    def after(self, position: int) -> tuple[Revision, ...]:
        """What a database at `position` does not have yet."""
        return tuple(self._line[position:])

    def position_of_database(self, number: str | None) -> int:
        """Where a database stands that says that it is at `number`. Raises MigrationRefused: too old, or not ours."""
        if number is None:
            return 0
        if number in self._replaced:
            first, commit = self._replaced[number]
            raise MigrationRefused(
                f"The database is at revision {number}, which is too old: this Fieldproof upgrades databases from"
                f" {self.name(first)} on. Bring it there first, by `fieldproof migrate` of commit {commit}."
            )
        position = self._position(number)
        if position is None:
            raise MigrationRefused(
                f"The database is at revision {number}, which this Fieldproof does not know: its newest is"
                f" {self.name(self.newest)}. A newer Fieldproof, or another program, has migrated it: use that one."
            )
        return position

    def position_asked_for(self, word: str) -> int:
        """The position that a number, `head` or `base` means. Raises MigrationRefused where there is none."""
        if word in {NEWEST, NONE_AT_ALL}:
            return self.newest if word == NEWEST else 0
        position = self._position(word)
        if position is not None:
            return position
        if word in self._replaced:
            replacing = self.name(self._replaced[word][0])
            raise MigrationRefused(f"There is no revision {word} any more: it is part of {replacing}.")
        numbers = ", ".join(map(str, self._line))
        raise MigrationRefused(f"There is no revision {word}. There are: {numbers}.")

    def _position(self, number: str) -> int | None:
        return next((place for place, revision in enumerate(self._line, 1) if revision.number == number), None)
