"""Two services that a team would write itself: Django REST framework, and FastAPI with SQLAlchemy's ORM."""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from benchmarks.forms import Post
from benchmarks.peers.peer import (
    HERE,
    PORT,
    REPS,
    WORKERS,
    Peer,
    Place,
    endless_orders,
    environment,
    handhelds,
    make_environment,
    run,
    serving,
)
from benchmarks.servers import Served


def _posts(path: str) -> Iterator[Post]:
    """The benchmark's forms as they are, by the reps of the masters."""
    tokens = [hashlib.md5(f"rep {number}".encode()).hexdigest() for number in range(1, REPS + 1)]
    for post in endless_orders(handhelds(tokens)):
        yield replace(post, path=path)


class DjangoRest(Peer):
    """Nested serializers, token authentication, gunicorn with threads and psycopg's pool."""

    name = "Django REST framework"
    database = "django"
    orders_recorded = "django_orders_order"
    scheme = "Token"

    def install(self, installed: Path) -> None:
        """Into an environment of its own."""
        make_environment(installed, "django")

    def set_up(self, place: Place) -> None:
        """Tables by Django, masters by SQL."""
        place.make_database(self.database)
        migrate = [place.installed / "django/bin/python", "-m", "django", "migrate"]
        run(migrate, _django(place))
        run([*migrate, "--run-syncdb"], _django(place))
        place.run_sql(self.database, HERE / "django_masters.sql")

    def serve(self, place: Place) -> AbstractContextManager[Served]:
        """By gunicorn."""
        command = [
            *(place.installed / "django/bin/gunicorn", "--workers", WORKERS, "--threads", 8),
            *("--bind", f"127.0.0.1:{PORT}", "benchmarks.peers.django_orders.wsgi"),
        ]
        return serving(place, command, _django(place), "django", "/orders/")

    def posts(self, place: Place) -> Iterator[Post]:  # noqa: ARG002  # any place will do
        """The benchmark's forms."""
        return _posts("/orders/")


class FastApiSqlalchemy(Peer):
    """Asynchronous, a session for each request, objects for rows."""

    name = "FastAPI, SQLAlchemy's ORM"
    database = "fastapi"
    orders_recorded = "orders"

    def install(self, installed: Path) -> None:
        """Into an environment of its own."""
        make_environment(installed, "fastapi")

    def set_up(self, place: Place) -> None:
        """Tables by SQLAlchemy, masters by SQL."""
        place.make_database(self.database)
        make_tables = (
            "import asyncio; from benchmarks.peers.fastapi_orders import make_tables; asyncio.run(make_tables())"
        )
        run([place.installed / "fastapi/bin/python", "-c", make_tables], _fastapi(place))
        place.run_sql(self.database, HERE / "fastapi_masters.sql")

    def serve(self, place: Place) -> AbstractContextManager[Served]:
        """By uvicorn, without a log of requests."""
        command = [
            *(place.installed / "fastapi/bin/uvicorn", "--workers", WORKERS, "--port", PORT, "--no-access-log"),
            "benchmarks.peers.fastapi_orders:app",
        ]
        return serving(place, command, _fastapi(place), "fastapi", "/openapi.json")

    def posts(self, place: Place) -> Iterator[Post]:  # noqa: ARG002  # any place will do
        """The benchmark's forms."""
        return _posts("/orders")


def _django(place: Place) -> dict[str, str]:
    return environment(place, DJANGO_SETTINGS_MODULE="benchmarks.peers.django_orders.settings")


def _fastapi(place: Place) -> dict[str, str]:
    return environment(place, ORDERS_DATABASE_URL=place.url("fastapi", "postgresql+asyncpg"))
