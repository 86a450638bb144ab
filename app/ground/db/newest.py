"""The newest rows of a table, by a day and an id: each part of it read off an index of its own, however long it is."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, FromClause, Integer, Select, Subquery, bindparam, func, select, true, union


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest of what is asked for, `limit` rows. `rows`: what is told of each, `day` and `id` among them, by which
    they are sorted.
    """

    rows: Select[*tuple[Any, ...]]
    day: Any
    id: Any
    limit: int

    def where(self, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        """Of the rows that are so."""
        return self.rows.where(*conditions).order_by(self.day.desc(), self.id.desc()).limit(self.limit)

    def of_each(self, column: Any, ids: FromClause, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        """Of each of the rows' parts, to be merged. `ids`: what is in `column`, as `ids.c.id`."""
        of_one = self.where(column == ids.c.id, *conditions).lateral("of_one")
        return select(of_one).select_from(ids.join(of_one, true()))

    def among(self, *parts: Select[*tuple[Any, ...]]) -> Subquery:
        """Of several parts, each row once."""
        # one alone is no union: it would be hashed for nothing
        rows = (union(*(select(part.subquery()) for part in parts)) if len(parts) > 1 else parts[0]).subquery()
        key = rows.c[self.day.key].desc(), rows.c["id"].desc()
        return select(rows).order_by(*key).limit(self.limit).subquery("page")


def ids_among(ids: Collection[int]) -> Subquery:
    """Ids as rows, for `of_each`."""
    values = bindparam("ids", sorted(ids), type_=ARRAY(Integer), unique=True)
    return select(func.unnest(values).label("id")).subquery("asked")
