"""The one form in which sources answer, and the span of time that a statement looks at.

A source is a select within another. `newest` cuts an outlet's records down to as many as a page may need, `told` gives
each its facts. The parameters are the same for all sources, and who asks is among them: one statement serves everybody.

Nobody is shown the timeline of an outlet of other territories. So whatever comes along with an outlet (its orders,
deliveries, returns, terms) is in sight, whatever territory it was recorded in, and what does not is read `within` the
caller's territories (decision 52).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Subquery,
    Text,
    any_,
    bindparam,
    cast,
    collate,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
)

OUTLET_ID: ColumnElement[int] = bindparam("outlet_id", type_=Integer)
OUTLET_CODE: ColumnElement[str] = bindparam("outlet_code", type_=Text)
SINCE: ColumnElement[datetime] = bindparam("since", type_=DateTime(timezone=True))
FIRST_DAY: ColumnElement[date] = bindparam("first_day", type_=Date)
LAST_DAY: ColumnElement[date] = bindparam("last_day", type_=Date)
FOR_OPERATOR: ColumnElement[bool] = bindparam("for_operator", type_=Boolean)
NOW: ColumnElement[datetime] = bindparam("now", type_=DateTime(timezone=True))
LIMIT: ColumnElement[int] = bindparam("most", type_=Integer)
_BEFORE = (
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("title", type_=Text),
    bindparam("key", type_=Text),
)
_EVERYWHERE = bindparam("everywhere", type_=Boolean)
_TERRITORIES = bindparam("territories", type_=ARRAY(Integer))
COMMON = ("at", "title", "key", "id", "business_date", "rep_id", "actor")

_MONEY = "FM99999999999999990.0099"
_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
_NUMBER_DIGITS = 20


def record(
    *conditions: ColumnElement[bool],
    at: Any,
    title: Any,
    id_: Any,
    key: Any = None,
    business_date: Any = None,
    rep_id: Any = None,
    actor: Any = None,
    **others: Any,
) -> Select[*tuple[Any, ...]]:
    """Records of one kind, each with what places it; `others`: what its facts are made of.

    `key` (else the id): tells apart what happened to the same record at the same instant. Without a `business_date` it
    is the local day of `at`.
    """
    text_id, word_of_title = cast(id_, Text), word(title) if isinstance(title, str) else title
    columns: dict[str, Any] = {
        "at": at,
        # in the order in which this program sorts texts, whatever the database's is
        "title": collate(word_of_title, "C"),
        "key": collate(text_id if key is None else cast(key, Text), "C"),
        "id": text_id,
        "business_date": cast(null(), Date) if business_date is None else business_date,
        "rep_id": cast(null(), Integer) if rep_id is None else rep_id,
        "actor": cast(null(), Text) if actor is None else actor,
    }
    return select(*(column.label(name) for name, column in (columns | others).items())).where(*conditions)


def newest(records: Select[*tuple[Any, ...]]) -> Subquery:
    """Of these records those of the span, the newest as many as a page may need."""
    rows = records.subquery()
    place = rows.c["at"], rows.c["title"], rows.c["key"]
    # the second condition says all; by the first an index is read from its place on
    within = rows.c["at"] >= SINCE, rows.c["at"] <= _BEFORE[0], tuple_(*place) < tuple_(*_BEFORE)
    return select(rows).where(*within).order_by(*(column.desc() for column in place)).limit(LIMIT).subquery()


def told(rows: Subquery, **facts: Any) -> Select[*tuple[Any, ...]]:
    """Rows of `newest` as items with these facts."""
    members = [part for name, fact in facts.items() for part in (word(name), fact)]
    return select(*(rows.c[name] for name in COMMON), func.jsonb_build_object(*members).label("facts"))


def within(territory_id: Any) -> ColumnElement[bool]:
    """Of what is read by the territory that it was recorded in: the caller's own."""
    return or_(_EVERYWHERE, territory_id == any_(_TERRITORIES))


def overlapping(territory_ids: Any) -> ColumnElement[bool]:
    """The same of what belongs to several."""
    return or_(_EVERYWHERE, territory_ids.op("&&")(_TERRITORIES))


def of_span(day: Any) -> ColumnElement[bool]:
    """Whether a record is filed under a day of the span: so that PostgreSQL does not touch other months."""
    condition: ColumnElement[bool] = day.between(FIRST_DAY, LAST_DAY)
    return condition


def money(amount: Any) -> ColumnElement[str]:
    """An amount as it leaves (`amounts.money_text`)."""
    return func.to_char(amount, _MONEY, type_=Text)


def instant(at: Any) -> ColumnElement[str]:
    """An instant among facts: UTC, whole seconds."""
    return func.to_char(func.timezone("UTC", at), _INSTANT, type_=Text)


def word(name: str) -> ColumnElement[str]:
    """A word of the program's own, as it stands in the statement: hundreds of parameters would take long to plan."""
    return literal_column(f"'{name}'", Text)


def in_order(number: Any) -> ColumnElement[str]:
    """A number as a text that sorts like it."""
    return func.lpad(cast(number, Text), _NUMBER_DIGITS, "0", type_=Text)
