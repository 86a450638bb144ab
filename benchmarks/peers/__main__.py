"""`python -m benchmarks.peers FOLDER`: each peer's orders against pgbench's in turn. `--install` first, once."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console

from app.ground.private_cluster.cluster import Cluster
from benchmarks import servers
from benchmarks.peers import loads
from benchmarks.peers.directus import Directus
from benchmarks.peers.fieldproof import Fieldproof
from benchmarks.peers.loads import Load
from benchmarks.peers.own_services import DjangoRest, FastApiSqlalchemy
from benchmarks.peers.peer import Peer, Place
from benchmarks.peers.tryton import QuotingTryton, Tryton
from benchmarks.table import machine

PEERS: tuple[Peer, ...] = (Fieldproof(), FastApiSqlalchemy(), DjangoRest(), Directus(), Tryton(), QuotingTryton())
COLUMNS = (
    "recorded by",
    "orders/s",
    "of pgbench",
    "application",
    "PostgreSQL",
    "`wrk`",
    "commits",
    "rows written, changed",
    "index entries",
    "WAL",
)


def main(
    installed: Annotated[Path, typer.Argument(help="folder of what is installed for it")],
    only: Annotated[list[str] | None, typer.Option(help="peers whose names begin so")] = None,
    rounds: Annotated[int, typer.Option(help="of all, in turns")] = 2,
    seconds: Annotated[int, typer.Option(help="length of one measurement")] = 6,
    *,
    install: Annotated[
        bool, typer.Option("--install", help="install the pinned versions, and measure nothing")
    ] = False,
) -> None:
    """Print a table: medians of the rounds; CPU in milliseconds an order, what is written an order."""
    chosen = [peer for peer in PEERS if not only or any(peer.name.startswith(name) for name in only)]
    if install:
        for peer in chosen:
            peer.install(installed.resolve())
        return
    with tempfile.TemporaryDirectory(prefix="fieldproof-peers-") as folder:
        cluster = Cluster(Path(folder))
        cluster.ensure_running()
        try:
            _print(*_measured(chosen, Place(installed.resolve(), cluster, Path(folder)), rounds, seconds))
        finally:
            cluster.remove()


def _measured(
    chosen: list[Peer], place: Place, rounds: int, seconds: int
) -> tuple[list[float], dict[str, list[tuple[float, Load]]]]:
    """What pgbench did in its turns, and each peer with the pgbench of its turn."""
    limits: list[float] = []
    turns: dict[str, list[tuple[float, Load]]] = {peer.name: [] for peer in chosen}
    # pgbench writes into Fieldproof's tables
    for peer in dict.fromkeys((PEERS[0], *chosen)):
        peer.set_up(place)
    for _ in range(rounds):
        for peer in chosen:
            limits.append(servers.pgbench(place.cluster.url, max(seconds // 2, 2)))
            turns[peer.name].append((limits[-1], loads.measure(peer, place, seconds)))
            Console().print(f"{peer.name}: {turns[peer.name][-1][1].orders_a_second:,.0f} orders/s")
    return limits, turns


def _print(limits: list[float], turns: dict[str, list[tuple[float, Load]]]) -> None:
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    for name, measured in turns.items():
        one = {field: median(getattr(load, field) for _, load in measured) for field in Load.__slots__}
        rows.append(
            (
                name,
                f"{one['orders_a_second']:,.0f}",
                f"{median(load.orders_a_second / limit for limit, load in measured):.3f}",
                *(f"{one[side]:.2f} ms" for side in ("application_ms", "database_ms", "client_ms")),
                f"{one['commits']:.2f}",
                f"{one['inserted']:.1f}, {one['updated']:.1f}",
                f"{one['indexed']:.0f}",
                f"{one['wal_kib']:.1f} KiB",
            )
        )
    print(f"\nMachine: {machine()}. pgbench: {', '.join(f'{limit:,.0f}' for limit in limits)} orders/s.\n")
    print("\n".join(f"| {' | '.join(row)} |" for row in rows))


if __name__ == "__main__":
    typer.run(main)
