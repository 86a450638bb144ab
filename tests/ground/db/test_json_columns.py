"""JSON that is not there is NULL: JSON's own null is a value, which every `IS NULL` overlooks."""

from sqlalchemy import JSON

from app import tables
from app.ground.db.base import Base


def test_a_json_column_that_may_be_empty_stores_none_as_null() -> None:
    assert tables.metadata is Base.metadata
    empty_as_json = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, JSON) and column.nullable and not column.type.none_as_null
    ]
    assert empty_as_json == []
