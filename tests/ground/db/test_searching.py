"""What is searched for, whatever the database's locale says: by functions of the schema."""

from typing import Any

import pytest
from sqlalchemy import Select, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.searching import Searched, SearchedList
from app.masters.catalogue.models import SEARCHED as PRODUCTS
from app.masters.catalogue.models import Product
from app.masters.outlets.models import SEARCHED as OUTLETS
from app.masters.territories.models import SEARCHED as REPS
from tests.factories.catalogue import make_product

LONG = "α" * 3000


@pytest.mark.parametrize(
    ("words", "number", "asked", "found"),
    [
        ("Περίπτερο «Όλγα»", None, "περιπτερο ολγα", True),
        ("Περίπτερο «Όλγα»", None, "ΟΛΓ", True),
        ("ΚΑΦΕΝΕΙΟΣ", None, "καφενείος", True),
        ("Ёлка и Йод", None, "елка йод", True),
        ("Елка", None, "ЁЛКА", True),
        ("Україна Ґанок", None, "україн ґанок", True),
        ("Café Ångström", None, "cafe angstrom", True),
        ("CAFE", None, "café", True),
        ("Kiosk at the pier", None, "pier kio", True),
        ("Kiosk at the pier", None, "pier kiosks", False),
        ("Kiosk at the pier", None, "iosk", False),
        ("PAT-0042", None, "pat-00", True),
        ("PAT-0042", None, "0042", True),
        ("O'Neill's \\ 'bar'", None, "o'ne bar", True),
        ("no\u00a0break", None, "break", True),
        ("ﬁne", None, "fine", True),
        ("Kiosk", "+30 2610 000-123", "2610000123", True),
        ("Kiosk", "+30 2610 000-123", "+30 2610", True),
        ("Kiosk", "+30 2610 000-123", "0123", True),
        ("Kiosk", "+30 2610 000-123", "123", True),
        ("Kiosk", "+30 2610 000-123", "001", False),
        ("Kiosk", None, "2610", False),
        ("Kiosk", "none", "kiosk", True),
        (LONG, None, LONG, True),
        ("Kiosk", None, "!?", None),
        (None, None, "kiosk", False),
    ],
)
async def test_words_are_searched_by_their_beginnings_and_numbers_by_their_digits(
    words: str | None, number: str | None, asked: str, found: bool | None, session: AsyncSession
) -> None:
    asking = text(
        "SELECT search_vector(ARRAY[CAST(:words AS text), NULL], CAST(:number AS text)) @@ search_query(:asked)"
    )
    assert await session.scalar(asking, {"words": words, "number": number, "asked": asked}) is found


@pytest.mark.parametrize("asked", ["kiosk' | 'x", "a:* & !b", "\\", "''", "<->", "(", "x" * 100, "\u0301"])
async def test_nothing_that_is_asked_is_a_query_of_its_own(asked: str, session: AsyncSession) -> None:
    matched = await session.scalar(select(func.search_query(asked)))
    assert matched is None or not {"!", "|", "<"} & set(str(matched).replace("'", ""))


@pytest.mark.parametrize("searched", [OUTLETS, PRODUCTS, REPS], ids=lambda searched: searched.table)
async def test_the_index_is_over_what_is_searched(searched: Searched, session: AsyncSession) -> None:
    query: Select[Any] = select(literal_column("1")).select_from(text(searched.table)).where(searched.matches("abc"))
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    statement = str(query.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
    plan = (await session.scalars(text(f"EXPLAIN {statement}"))).all()
    assert any(f"ix_{searched.table}_search" in line for line in plan), plan


async def test_a_code_that_begins_so_comes_first_and_then_the_name(session: AsyncSession) -> None:
    for code, name in (("A-1", "Nut bar"), ("NUT-2", "Wafer nut"), ("nut-1", "Zwieback"), ("B-1", "Almond nut")):
        await make_product(session, code=code, name=name)
    listed = SearchedList(PRODUCTS, Product.code, Product.name, "nut")
    rows = (await session.execute(listed.of(select(Product.code), None, 10))).all()
    assert [row.code for row in rows] == ["NUT-2", "nut-1", "B-1", "A-1"]
    after = (await session.execute(listed.of(select(Product.code), listed.place_of(rows[1]), 10))).all()
    assert [row.code for row in after] == ["B-1", "A-1"]


@pytest.mark.parametrize("rank", ["2", "-1", "x", ""])
def test_a_place_of_no_list_is_none(rank: str) -> None:
    listed = SearchedList(PRODUCTS, None, None, "nut")
    with pytest.raises(ValueError, match=f"^{rank}$"):
        listed.parts[0](rank)
