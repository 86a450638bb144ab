"""Sets of rows that are written by one statement with an array for each column: for the way of every upload.

Made from the table: a column's type is the array's, and no list of columns is kept by hand beside the table's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert

from app.ground.db.base import Base
from app.ground.db.upserts import types_of


class Columns:
    """Columns of a table, each with the path of its value within a record: `{"outlet_id": "outlet.id"}`."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.names = tuple(paths)
        self._values = attrgetter(*paths.values())

    def arrays(self, records: Iterable[Any]) -> dict[str, Any]:
        """The values of records (at least one), an array for each column. Raises AttributeError for a path of none."""
        return dict(zip(self.names, zip(*map(self._values, records), strict=True), strict=True))


def insert_arrays(mapped: type[Base], names: Sequence[str], *, prefix: str = "") -> Insert:
    """`INSERT INTO its table (names) SELECT … FROM unnest(arrays)`; parameters have the columns' names after `prefix`.

    JSON goes as text. Rows are written in the order of the arrays; every array has the same length.
    """
    types = types_of(mapped.__table__, *names)
    arrays = [array_parameter(prefix + name, kind) for name, kind in types.items()]
    rows = func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in types.items()))
    source = rows.render_derived(name=f"{prefix}given")
    statement: Insert = insert(mapped).from_select(
        list(names), select(*(source.c[name] for name in names)), include_defaults=False
    )
    return statement


def array_parameter(name: str, kind: Any) -> ColumnElement[Any]:
    """A parameter that is an array of a type. The driver knows no array of JSON: that one goes as text."""
    if isinstance(kind, JSONB):
        return cast(bindparam(name, type_=ARRAY(Text)), ARRAY(JSONB))
    return bindparam(name, type_=ARRAY(kind))
