"""What a peer is: a product or a service of one's own that records orders by HTTP, with two workers."""

import os
import shutil
import subprocess
import venv
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx

from app.demo.server_starts import NotStarted, wait_until_ready
from app.ground import clock
from app.ground.db.session import asyncpg_url
from app.ground.private_cluster.cluster import Cluster
from app.ground.private_cluster.roles import OWNER_ROLE
from benchmarks.forms import Forms, Handheld, Post
from benchmarks.servers import START_SECONDS, Served

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
PORT, WORKERS = 8766, 2
OUTLETS, REPS, PRODUCTS, TERRITORIES = 1_000, 50, 200, 10
"""A peer's world is smaller than Fieldproof's (`world.py`): some take long to be filled by their own means."""
OUTLETS_OF_A_REP = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer is measured: what was installed, the cluster, and a folder for logs and settings."""

    installed: Path
    cluster: Cluster
    home: Path

    @property
    def address(self) -> str:
        """Of the peer's server."""
        return f"http://127.0.0.1:{PORT}"

    @property
    def socket_directory(self) -> str:
        """Where the cluster's socket is."""
        return str(asyncpg_url(self.cluster.url).query["host"])

    def url(self, database: str, scheme: str = "postgresql") -> str:
        """A database's URL for the role that owns it. An empty name leaves it to whoever adds one."""
        return f"{scheme}://{OWNER_ROLE}@/{database}?host={quote(self.socket_directory, safe='/')}"

    def make_database(self, name: str) -> None:
        """An empty database of that name, of the owner's."""
        self.cluster.run("createdb", f"--owner={OWNER_ROLE}", "--template=template0", name)

    def run_sql(self, database: str, script: Path) -> None:
        """Run a file of SQL as the owner: what it makes is the owner's."""
        statements = f"SET ROLE {OWNER_ROLE};\n{script.read_text()}"
        self.cluster.run(
            "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", database=database, script=statements
        )


class Peer(ABC):
    """What is measured. All methods block."""

    name: str
    database: str
    orders_recorded: str
    """What its orders are counted in: a table, with or without a condition."""
    scheme = "Bearer"
    """Of the Authorization header."""
    warm_up_s = 4
    most_a_second = 2_000
    """So many requests are made for each second: more than are sent."""

    @abstractmethod
    def install(self, installed: Path) -> None:
        """Install its pinned versions below a folder, from the registries."""

    @abstractmethod
    def set_up(self, place: Place) -> None:
        """Make its database and its masters."""

    def begin(self, place: Place) -> None:  # noqa: B027  # most peers mind no order of before
        """What stands before every measurement."""

    @abstractmethod
    def serve(self, place: Place) -> AbstractContextManager[Served]:
        """Its server with two workers, as its makers tell to run it."""

    @abstractmethod
    def posts(self, place: Place) -> Iterator[Post]:
        """Requests of an order each, more than are sent."""


def handhelds(tokens: Sequence[str]) -> list[Handheld]:
    """A handheld for each token: rep n looks after outlets of territory n % TERRITORIES."""
    homes: list[list[tuple[str, float, float]]] = [[] for _ in range(TERRITORIES)]
    for number in range(1, OUTLETS + 1):
        homes[number % TERRITORIES].append((f"O{number}", 0.0, 0.0))
    return [
        Handheld(token, homes[number % TERRITORIES][:OUTLETS_OF_A_REP]) for number, token in enumerate(tokens, start=1)
    ]


def endless_orders(reps: Sequence[Handheld]) -> Iterator[Post]:
    """The benchmark's order forms, round and round: no peer minds a second order of an outlet."""
    while True:
        yield from Forms(clock.now()).orders(reps)


def make_environment(installed: Path, name: str) -> None:
    """A Python environment with the pinned packages of `versions/NAME.txt`."""
    folder = installed / name
    venv.create(folder, with_pip=True, clear=True)
    versions = HERE / "versions" / f"{name}.txt"
    run([folder / "bin/pip", "install", "--quiet", "--requirement", versions], os.environ)


def environment(place: Place, **variables: str) -> dict[str, str]:
    """This process's variables, how libpq finds the cluster, and others."""
    libpq = {"PGHOST": place.socket_directory, "PGUSER": OWNER_ROLE}
    return os.environ | libpq | {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": ""} | variables


def run(command: Sequence[object], variables: Mapping[str, str], cwd: Path = REPOSITORY) -> str:
    """What a program prints. Raises CalledProcessError where it fails."""
    told = subprocess.run(
        [str(part) for part in command], env=dict(variables), cwd=cwd, check=True, stdout=subprocess.PIPE, text=True
    )
    return told.stdout


@contextmanager
def serving(
    place: Place, command: Sequence[object], variables: Mapping[str, str], name: str, path: str, cwd: Path = REPOSITORY
) -> Iterator[Served]:
    """A server from when it answers below 500 at a path until the block ends."""
    log = place.home / f"{name}.log"
    with log.open("a") as file:
        server = subprocess.Popen(
            [str(part) for part in command], env=dict(variables), cwd=cwd, stdout=file, stderr=file
        )
    try:
        try:
            wait_until_ready(server, partial(answers, place.address + path), START_SECONDS)
        except NotStarted as error:
            raise RuntimeError(f"{name}: {error}: {log.read_text()[-4000:]}") from error
        yield Served(place.address, server.pid)
    finally:
        server.terminate()
        server.wait(60)


def answers(address: str) -> bool:
    """Whether a server answers there, with whatever it knows about requests without a token."""
    try:
        return httpx.get(address, timeout=30).status_code < 500
    except httpx.TransportError:
        return False


def program(name: str) -> str:
    """A program on PATH. Raises FileNotFoundError where it is missing."""
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(name)
    return path
