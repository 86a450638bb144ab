"""Which tables a source file writes and reads: by its literals of SQL, by Core's statements, by mapped instances."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.selectable import NamedFromClause

from app.ground.db.statements import insert_rows
from app.ground.db.upserts import upsert_by_code
from tests.architecture.local_names import Function, annotations, arguments, assigned
from tests.architecture.statement_tables import UnreadableError, tables_of

_LITERALS = (sa.text, sa.literal_column, sa.DDL, sa.TextClause)
_STATEMENTS = (sa.insert, sa.update, sa.delete, postgresql.insert)
_CLASSES = (sa.Insert, sa.Update, sa.Delete)
_TABLE_ARGUMENTS: Mapping[Callable[..., Any], int] = {
    **dict.fromkeys(_STATEMENTS, 0),
    insert_rows: 0,
    upsert_by_code: 1,
}
"""What writes a table that it is given, and at which place."""
_METHODS = {"insert", "update", "delete"}
_NAMED_BY_STRING = {"copy_to_table", "copy_records_to_table"}
_OF_A_CLASS = {"bulk_insert_mappings", "bulk_update_mappings"}
_HARMLESS = {"alias", "aliased", "cast", "cast_type", "column", "table", "Table", "MetaData"}
"""What may be called to find out which table is meant."""
_LOOKS_LIKE_SQL = re.compile(
    r"\s*(--[^\n]*\n\s*|/\*.*?\*/\s*)*"
    r"(INSERT\s+INTO\b|UPDATE\b.+\bSET\b|DELETE\s+FROM\b|MERGE\s+INTO\b|TRUNCATE\b|COPY\s+\S+\s+FROM\b|SELECT\b.+\bFROM\b"
    r"|WITH\b.+\bAS\b.*\()",
    re.IGNORECASE | re.DOTALL,
)


class _Unknown(Exception):
    """An expression has no value that the source alone would tell."""


@dataclass(frozen=True)
class Use:
    """A table that is written, or read by its name as a string."""

    line: int
    table: str
    writes: bool


@dataclass(frozen=True)
class Found:
    """What a file does to tables, and the lines of which that cannot be said, with the reason."""

    uses: tuple[Use, ...]
    unreadable: tuple[tuple[int, str], ...]

    @property
    def written(self) -> set[str]:
        """The tables that are written."""
        return {use.table for use in self.uses if use.writes}

    @property
    def read(self) -> set[str]:
        """The tables that are read by their names."""
        return {use.table for use in self.uses if not use.writes}


def tables_in(source: str, namespace: Mapping[str, Any]) -> Found:
    """What a module does to tables. `namespace`: what its global names stand for."""
    reader = _Reader(namespace)
    reader.visit(ast.parse(source))
    return Found(tuple(dict.fromkeys(reader.uses)), tuple(reader.unreadable))


class _Reader(ast.NodeVisitor):
    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.uses: list[Use] = []
        self.unreadable: list[tuple[int, str]] = []
        self._globals = dict(namespace)
        self._functions: list[Function] = []
        self._seen: set[int] = set()

    def visit_FunctionDef(self, node: Function) -> None:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring is no statement
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and id(node) not in self._seen and _LOOKS_LIKE_SQL.match(node.value):
            self._read_sql(node, node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        known = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
        if _LOOKS_LIKE_SQL.match(known):
            self._cannot_read(node, "SQL is made by formatting")

    def visit_Subscript(self, node: ast.Subscript) -> None:
        of_tables = isinstance(node.value, ast.Attribute) and node.value.attr == "tables"
        if of_tables and isinstance(node.slice, ast.Constant):
            self._use(node, str(node.slice.value), writes=False)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._read_change(target)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._read_change(node.target)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = self._value_or_none(node.func)
        if function in _LITERALS:
            self._read_literal(node)
        elif _is_hashable(function) and function in _TABLE_ARGUMENTS:
            self._read_target(node, _TABLE_ARGUMENTS[function])
        elif isinstance(function, type) and issubclass(function, _CLASSES):
            self._read_target(node, 0)
        elif isinstance(function, type) and issubclass(function, DeclarativeBase):
            self._use(node, str(function.__tablename__), writes=True)
        elif function in (sa.table, sa.Table):
            self._use(node, str(self._value_or_none(node.args[0])), writes=False)
        elif isinstance(node.func, ast.Attribute):
            self._read_method(node, node.func)
        elif isinstance(node.func, ast.Name) and node.func.id == "setattr":
            self._read_change(ast.Attribute(node.args[0], "any"), node)
        self.generic_visit(node)

    def _read_literal(self, node: ast.Call) -> None:
        self._seen |= {id(part) for part in ast.walk(node)}
        sql = self._value_or_none(node.args[0])
        if isinstance(sql, str):
            self._read_sql(node, sql)
        else:
            self._cannot_read(node, "its SQL is no constant")

    def _read_sql(self, node: ast.expr, sql: str) -> None:
        try:
            tables = tables_of(sql)
        except UnreadableError as error:
            self._cannot_read(node, str(error))
        else:
            for writes, names in ((True, tables.written), (False, tables.read)):
                for name in sorted(names):
                    self._use(node, name, writes=writes)

    def _read_target(self, node: ast.Call, place: int) -> None:
        """Core's insert, update or delete."""
        names = [keyword.value for keyword in node.keywords if keyword.arg == "table"]
        try:
            self._use(node, _table_name(self._value([*node.args, *names][place])), writes=True)
        except (_Unknown, IndexError):
            self._cannot_read(node, "the table that it writes is not named here")

    def _read_method(self, node: ast.Call, function: ast.Attribute) -> None:
        """What is written by a method: a table's own, a session's, the driver's."""
        base = self._value_or_none(function.value)
        if function.attr in _METHODS and isinstance(base, NamedFromClause):
            self._use(node, _table_name(base), writes=True)
        elif function.attr in _NAMED_BY_STRING:
            name = self._value_or_none(node.args[0])
            if isinstance(name, str):
                self._use(node, name, writes=True)
            else:
                self._cannot_read(node, "the table that it writes is not named here")
        elif function.attr in _OF_A_CLASS:
            self._read_target(node, 0)
        elif function.attr == "delete" and isinstance(function.value, ast.Name) and function.value.id == "session":
            table = self._table_of_instance(node.args[0])
            if table:
                self._use(node, table, writes=True)
            else:
                self._cannot_read(node, "nothing here says of which class that is")

    def _read_change(self, target: ast.expr, node: ast.expr | None = None) -> None:
        """An attribute of a mapped instance that is set: the next flush writes it."""
        if isinstance(target, ast.Tuple):
            for part in target.elts:
                self._read_change(part)
        elif isinstance(target, ast.Attribute) and (table := self._table_of_instance(target.value)):
            self._use(node or target, table, writes=True)

    def _table_of_instance(self, node: ast.expr) -> str | None:
        """The table of a variable that holds a mapped instance, by its annotation or by what is assigned to it."""
        if not isinstance(node, ast.Name):
            return None
        for function in reversed(self._functions):
            types = [self._value_or_none(annotation) for annotation in annotations(function).get(node.id, ())]
            types += [type_ for value in assigned(function).get(node.id, ()) for type_ in self._types_of(value)]
            for type_ in types:
                for class_ in (type_, *get_args(type_)):
                    if isinstance(class_, type) and issubclass(class_, DeclarativeBase):
                        return str(class_.__tablename__)
        return None

    def _types_of(self, value: ast.expr) -> Iterator[Any]:
        """What may come of an expression: the class that it makes or selects, what a function says that it returns."""
        for part in ast.walk(value):
            if isinstance(part, ast.Call):
                yield self._value_or_none(part.func)
                yield getattr(self._value_or_none(part.func), "__annotations__", {}).get("return")
                if _last_name(part.func) in {"select", "get", "get_one"}:
                    yield from (self._value_or_none(argument) for argument in part.args)
            elif isinstance(part, ast.Name) and part is not value:
                for function in self._functions:
                    yield from (type_ for of in assigned(function).get(part.id, ()) for type_ in self._selected(of))

    def _selected(self, value: ast.expr) -> Iterator[Any]:
        """The mapped classes that a query is about."""
        for part in ast.walk(value):
            if isinstance(part, ast.Call) and _last_name(part.func) == "select":
                yield from (self._value_or_none(argument) for argument in part.args)

    def _use(self, node: ast.expr, table: str, *, writes: bool) -> None:
        self.uses.append(Use(node.lineno, table, writes))

    def _cannot_read(self, node: ast.expr, reason: str) -> None:
        self.unreadable.append((node.lineno, reason))

    def _value_or_none(self, node: ast.expr) -> Any:
        try:
            return self._value(node)
        except _Unknown:
            return None

    def _value(self, node: ast.expr) -> Any:
        """What an expression stands for, as far as global names and plain local assignments tell."""
        if any(isinstance(part, ast.Call) and _last_name(part.func) not in _HARMLESS for part in ast.walk(node)):
            raise _Unknown
        try:
            code = compile(ast.Expression(node), "<source>", "eval")
            return eval(code, self._globals, _Locals(self))
        except _Unknown:
            raise
        except Exception as error:
            raise _Unknown from error

    def local_value(self, name: str) -> Any:
        """What a local variable stands for. Raises KeyError where there is none of this name."""
        for function in reversed(self._functions):
            values = assigned(function).get(name, [])
            if len(values) == 1:
                return self._value(values[0])
            if values or any(argument.arg == name for argument in arguments(function)):
                raise _Unknown
        raise KeyError(name)


class _Locals(dict[str, Any]):
    def __init__(self, reader: _Reader) -> None:
        super().__init__()
        self._reader = reader

    def __missing__(self, name: str) -> Any:
        return self._reader.local_value(name)


def _table_name(value: Any) -> str:
    """The name of a table, of a mapped class's, or of what an alias stands for."""
    selectable = sa.inspect(value, raiseerr=False)
    table = getattr(selectable, "local_table", None) if selectable is not value else value
    table = getattr(getattr(selectable, "mapper", None), "local_table", table)
    table = getattr(table, "element", table)
    if not isinstance(table, NamedFromClause):
        raise _Unknown
    return str(table.name)


def _last_name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)


def _is_hashable(value: Any) -> bool:
    return value is not None and type(value).__hash__ is not None
