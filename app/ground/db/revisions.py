"""The revisions that a schema can be at, as `migrations/versions` has them: one line, from the baseline on."""

from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

NEWEST = "head"
NONE_AT_ALL = "base"


class MigrationRefused(RuntimeError):
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


class Revisions:
    """All revisions, oldest first. A *position* counts those that a database has: 0 in an empty one."""

    def __init__(self, config: Config) -> None:
        scripts = list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
        self._line = [
            Revision(script.revision, Path(script.path).stem.partition("_")[2].replace("_", " "), script.doc)
            for script in scripts
        ]
        # what a squash has put into one (decision 30)
        self._replaced = {
            number: (position, str(script.module.replaced_until))
            for position, script in enumerate(scripts, 1)
            for number in getattr(script.module, "replaces", ())
        }

    @property
    def newest(self) -> int:
        """The position of a database that has all of them."""
        return len(self._line)

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
