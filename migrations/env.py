"""Alembic's environment: runs on the connection that `app.ground.db.migrations` hands over."""

import re
from typing import Any

from alembic import context

from app.tables import metadata

_PARTITION = re.compile(r"_(y\d{4}m\d{2}|rest)$")
_OF_POSTGIS = {"spatial_ref_sys"}


def include_name(name: str | None, kind: str, _: Any) -> bool:
    """Leave out partitions (made by `ensure_month_partitions`) and PostGIS' own table."""
    return kind != "table" or (name is not None and name not in _OF_POSTGIS and not _PARTITION.search(name))


def include_object(item: Any, _name: str | None, _kind: str, _reflected: Any, _compared: Any) -> bool:
    """Leave out the foreign keys that each month has for itself: `tests/ground/db/test_months.py` compares those."""
    return item.info.get("within_months") is None


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=include_name,
    include_object=include_object,
    compare_server_default=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
