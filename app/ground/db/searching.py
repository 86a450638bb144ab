"""Masters by what somebody remembers of them: the beginnings of words, in any case, with their accents or without.

By functions of the schema (`search_vector`, `search_query`) and an index of PostgreSQL's own text search. An extension
(pg_trgm, unaccent) would have to be made in each customer's database, by somebody who may; and a locale would say what
is upper case there, and what an accent is. Every word that is searched for has to begin one that is there; four digits
or more may stand anywhere in a number (a phone, a GTIN), however it is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Boolean, ColumnElement, case, func, literal_column, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Searched:
    """What of a table is searched: columns of words, and a number. There is an index over the same expression."""

    table: str
    words: tuple[str, ...]
    number: str | None = None

    def matches(self, text: str) -> ColumnElement[bool]:
        """Whether a row has what is searched for. None has where there is no word in it."""
        words = ", ".join(f"{self.table}.{name}" for name in self.words)
        number = "NULL::text" if self.number is None else f"{self.table}.{self.number}"
        vector = literal_column(f"search_vector(ARRAY[{words}], {number})", TSVECTOR)
        return vector.op("@@", return_type=Boolean())(func.search_query(text, type_=TSQUERY))


class Placed(NamedTuple, Generic[T]):
    """A row of a list, and what it is sorted by."""

    row: T
    place: list[Any]


@dataclass(frozen=True, slots=True)
class SearchedList:
    """A list by code; where something is searched for, those whose code begins with it come first, and then by name."""

    searched: Searched
    code: Any
    name: Any
    text: str | None

    def of(self, query: Any, after: Sequence[Any] | None, most: int) -> Any:
        """Up to `most` rows of a query that match, after a place. Each has its own place, for `place_of`."""
        place = self._place()
        if self.text is not None:
            query = query.where(self.searched.matches(self.text))
        if after is not None:
            query = query.where(tuple_(*place) > tuple_(*after))
        columns = (column.label(f"place_{number}") for number, column in enumerate(place))
        return query.add_columns(*columns).order_by(*place).limit(most)

    def place_of(self, row: Any) -> list[Any]:
        """What a row is sorted by."""
        return [getattr(row, f"place_{number}") for number in range(len(self.parts))]

    @property
    def parts(self) -> tuple[Callable[[str], Any], ...]:
        """How the parts of a place are read from a cursor."""
        return (str,) if self.text is None else (_rank, str, str)

    def _place(self) -> tuple[ColumnElement[Any], ...]:
        if self.text is None:
            return (self.code,)
        begins = func.starts_with(func.lower(self.code), func.lower(self.text), type_=Boolean())
        return case((begins, 0), else_=1), self.name, self.code


def _rank(part: str) -> int:
    if part not in {"0", "1"}:
        raise ValueError(part)
    return int(part)
