"""Lists as files: all that matches, read page by page, or a refusal in words where that is more than a file may hold.

A file that leaves some records out looks like one that has them all: so there is none of that kind.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.errors import TooLarge
from app.ground.web.report_files import Row

K = TypeVar("K")
T = TypeVar("T")

MOST_RECORDS = 100_000
"""As many records of a list come as one file."""
RECORDS_A_PAGE = 1_000


async def count_rows(session: AsyncSession, records: Select[int]) -> int:
    """How many rows a file would have. One statement, which counts no further than it must.

    `records`: how many rows each record makes. Raises TooLarge where there are more records than a file may hold.
    """
    counted = records.order_by(None).limit(MOST_RECORDS + 1).subquery()
    (rows,) = counted.c
    query = select(func.count().label("records"), func.coalesce(func.sum(rows), 0).label("rows")).select_from(counted)
    sums = (await session.execute(query)).one()
    if sums.records > MOST_RECORDS:
        raise TooLarge(
            f"A file holds {MOST_RECORDS} records, and more than that match. Ask for a shorter period, or for fewer.",
            most_records=MOST_RECORDS,
        )
    return int(sums.rows)


async def read_pages(
    database: Database,
    read: Callable[[AsyncSession, K | None, int], Awaitable[Sequence[T]]],
    key_of: Callable[[T], K],
    most: int = RECORDS_A_PAGE,
) -> AsyncIterator[Sequence[T]]:
    """The records of a list, some at a time, each page in a short transaction of its own.

    `read`: up to so many records after a key (None: from the first on); `key_of`: of a record.
    """
    after: K | None = None
    while True:
        async with database.read_only() as session:
            page = await read(session, after, most)
        if page:
            yield page
        if len(page) < most:
            return
        after = key_of(page[-1])


async def one_page(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    """Rows that are there already."""
    yield rows
