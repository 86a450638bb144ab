"""The tree of commands, without the commands: a command's module is loaded when it is called, or its help asked for.

Until then it is known by a line of help, which stands in the tree's table; a test compares it to the module's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from app.ground.loading import loaded

FAILURES = "app.commands.failures:in_words"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the function that it is, as `module:function`, and the first paragraph of that one's docstring."""

    function: str
    help: str

    def listed(self, name: str) -> TyperCommand:
        """As it stands in lists."""
        return TyperCommand(name, help=self.help)

    def loaded(self, name: str) -> Any:
        """The command itself, with its options."""
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name)(loaded(self.function))
        return typer.main.get_command(alone)


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that go by one name, and what they are about."""

    commands: Mapping[str, Command]
    help: str

    def listed(self, name: str) -> TyperGroup:
        """The group, whose commands are loaded as any others."""
        return CommandGroup(name=name, help=self.help, entries=self.commands, no_args_is_help=True)

    loaded = listed


class CommandGroup(TyperGroup):
    """A group that lists what its table says, and loads the command that is called."""

    entries: Mapping[str, Command | Group] = {}

    def __init__(self, *, entries: Mapping[str, Command | Group] | None = None, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.entries = self.entries if entries is None else entries
        self.commands = {name: entry.listed(name) for name, entry in self.entries.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is called, loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else self.entries[name].loaded(name), rest


class InWords(CommandGroup):
    """The whole tree. What goes wrong is told in words, with exit code 1; what nobody foresaw, with its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            # a wrong command line, or an end that was asked for: typer's own to tell
            lines = [] if type(error).__module__.partition(".")[0] == "typer" else loaded(FAILURES)(error)
            if not lines:
                raise
            for line in lines:
                typer.echo(line, err=True)
            raise typer.Exit(1) from error
