"""The tree of commands knows them by its table, which says what they say of themselves."""

import inspect
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from app.cli import COMMANDS, cli
from app.commands import tree
from app.commands.tree import Command, Group
from app.ground.loading import loaded

WIDE = {"COLUMNS": "300", "TERM": "dumb"}


def every_command() -> Iterator[tuple[tuple[str, ...], Command]]:
    for name, entry in COMMANDS.items():
        if isinstance(entry, Command):
            yield (name,), entry
        else:
            yield from (((name, inner), command) for inner, command in entry.commands.items())


EVERY = dict(every_command())


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_what_a_list_says_of_a_command_is_what_the_command_says_of_itself(path: tuple[str, ...]) -> None:
    said = inspect.getdoc(loaded(EVERY[path].function)) or ""
    assert EVERY[path].help == " ".join(said.partition("\n\n")[0].split())


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_a_commands_own_help_has_its_options(path: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(cli, [*path, "--help"], env=WIDE)
    parameters = inspect.signature(loaded(EVERY[path].function)).parameters.values()
    assert answer.exit_code == 0
    assert EVERY[path].help in " ".join(answer.output.split())
    assert len([line for line in answer.output.splitlines() if line.startswith("│")]) >= len(parameters)


def test_lists_and_wrong_commands_load_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "loaded", None)
    for line, told in {
        ("--help",): [*COMMANDS],
        ("database", "--help"): ["backup", "restore", "roles"],
        ("migrat",): ["Did you mean 'migrate'?"],
        ("person", "eras"): ["Did you mean 'erase'?"],
    }.items():
        answer = CliRunner().invoke(cli, line, env=WIDE)
        assert not [word for word in told if word not in answer.output]
        assert answer.exit_code == (0 if "--help" in line else 2)


def test_a_shell_completes_the_commands_of_the_table_and_the_options_of_a_command() -> None:
    def completed(words: str) -> list[str]:
        asked = {"_FIELDPROOF_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        answer = CliRunner().invoke(cli, [], prog_name="fieldproof", env=asked)
        return answer.output.split()

    assert completed("fieldproof ") == list(COMMANDS)
    assert completed("fieldproof database re") == ["restore"]
    assert completed("fieldproof serve --w") == ["--workers", "--with-scheduler"]


def test_the_version_is_told_with_the_interpreters() -> None:
    answer = CliRunner().invoke(cli, ["--version"])
    assert answer.exit_code == 0
    assert answer.output.startswith("fieldproof 0.")
    assert ", Python 3." in answer.output


def test_an_end_that_a_command_asks_for_is_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def end() -> None:
        raise typer.Exit(3)

    monkeypatch.setattr(tree, "loaded", lambda _: end)
    assert CliRunner().invoke(cli, ["scheduler"]).exit_code == 3


def test_every_group_is_one_level_deep() -> None:
    groups = [entry for entry in COMMANDS.values() if isinstance(entry, Group)]
    assert groups
    assert all(isinstance(command, Command) for group in groups for command in group.commands.values())
