"""The two roles in a server of the operator's own."""

from collections.abc import AsyncIterator

import pytest

from app.ground.db.migrations import upgrade
from app.ground.db.roles import make_roles
from app.ground.db.session import asyncpg_url
from app.ground.errors import Invalid
from tests.databases import as_administrator, create_database, drop_database, execute, rows, scalars

ROLES = ("owner_of_a_test", "service_of_a_test")
OWNERS = """
    SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
    WHERE relname IN ('orders', 'events', 'alembic_version', 'verdict_policies_version_seq')
"""
NARROW = "SELECT rolcanlogin, rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname ~ '_of_a_test$'"
RIGHTS = """
    SELECT has_table_privilege('service_of_a_test', 'points_entries', 'INSERT'),
        has_table_privilege('service_of_a_test', 'points_entries', 'UPDATE')
"""


def named(url: str, role: str) -> str:
    return asyncpg_url(url).set(username=role, password="it's").render_as_string(hide_password=False)


@pytest.fixture
async def administrators_url(cluster_url: str) -> AsyncIterator[str]:
    """A database whose tables its administrator owns, as they once did in compose."""
    url = as_administrator(await create_database(cluster_url, migrated=False))
    await upgrade(url)
    yield url
    await drop_database(url)
    for role in ROLES:
        await execute(as_administrator(cluster_url), f"DROP ROLE IF EXISTS {role}")


async def test_an_administrator_makes_both_roles_and_gives_the_owner_what_is_there(administrators_url: str) -> None:
    owner, service = (named(administrators_url, role) for role in ROLES)
    for _ in range(2):
        await make_roles(administrators_url, owner, service)
    assert await scalars(administrators_url, OWNERS) == ["owner_of_a_test"]
    assert await rows(administrators_url, NARROW) == [(True, False)] * 2
    await upgrade(administrators_url, service_role="service_of_a_test")
    assert await rows(administrators_url, RIGHTS) == [(True, False)]


async def test_one_role_for_both_and_a_superuser_are_refused(administrators_url: str) -> None:
    owner = named(administrators_url, ROLES[0])
    with pytest.raises(Invalid, match="two roles"):
        await make_roles(administrators_url, owner, owner)
    with pytest.raises(Invalid, match="superuser"):
        await make_roles(administrators_url, owner, administrators_url)
