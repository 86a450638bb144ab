"""Rows as records, by name: each column of a statement is named like the field that it fills."""

from collections.abc import Callable
from typing import Any, TypeVar

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
