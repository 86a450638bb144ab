"""Rows as records, by name: each column of a statement is named like the field that it fills."""

from collections.abc import Callable
from dataclasses import fields
from operator import itemgetter
from typing import Any, TypeVar, cast

from sqlalchemy import Result

T = TypeVar("T")


def records_of(kind: Callable[..., T], result: Result[*tuple[Any, ...]]) -> list[T]:
    """A record of this kind for each row. Raises TypeError where a column has no field, or a field no column."""
    names = tuple(result.keys())
    return [kind(**dict(zip(names, row, strict=True))) for row in result]


def record_of(kind: Callable[..., T], result: Result[*tuple[Any, ...]]) -> T | None:
    """The record of the only row; None where there is none. Raises MultipleResultsFound, TypeError likewise."""
    row = result.one_or_none()
    return None if row is None else kind(**row._asdict())


def maker_of(kind: Callable[..., T]) -> Callable[[Any], T]:
    """A function that makes such a record (a dataclass) of a row of a `DirectStatement`, which may have more columns.

    For the way of every upload: it costs no more than by position. Raises KeyError where a field has no column.
    """
    values = itemgetter(*(field.name for field in fields(cast(Any, kind))))
    return lambda row: kind(*values(row))
