"""One measurement of a peer: its rate, the CPU of each side, and what an order writes."""

import json
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from benchmarks.forms import write
from benchmarks.peers.peer import Peer, Place
from benchmarks.processes import cpu_seconds
from benchmarks.servers import Served, wrk

_COUNTERS = """
SELECT json_build_object(
    'commits', (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()),
    'inserted', sum(n_tup_ins), 'updated', sum(n_tup_upd),
    'indexed', sum((n_tup_ins + n_tup_upd - n_tup_hot_upd) * (SELECT count(*) FROM pg_index WHERE indrelid = relid)),
    'wal', pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0'))
FROM pg_stat_user_tables
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Orders a second; milliseconds of CPU an order of application, PostgreSQL and `wrk`; what an order writes.

    Entries in partial indexes are counted as if each row had one.
    """

    orders_a_second: float
    application_ms: float
    database_ms: float
    client_ms: float
    commits: float
    inserted: float
    updated: float
    indexed: float
    wal_kib: float


def measure(peer: Peer, place: Place, seconds: int) -> Load:
    """Serve, and send orders: first to warm up, then for so long. `wrk` goes on a second longer.

    Raises RuntimeError where not every order that was answered well was recorded, and what ends the load too early.
    """
    peer.begin(place)
    before, recorded_before = _counters(peer, place), _recorded(peer, place)
    with peer.serve(place) as served, ThreadPoolExecutor(1) as thread:
        length, requests = peer.warm_up_s + seconds + 1, place.home / "requests.tsv"
        write(requests, peer.posts(place), peer.most_a_second * length)
        load = thread.submit(wrk, served.address, requests, length, scheme=peer.scheme)
        _wait_under(load, peer.warm_up_s)
        first = _reading(peer, place, served)
        _wait_under(load, seconds)
        last = _reading(peer, place, served)
        answered = load.result() * length
    # by now its connections have ended, and told what they did
    recorded = _recorded(peer, place) - recorded_before
    if recorded < 0.97 * answered:
        raise RuntimeError(f"{peer.name} answered {answered:.0f} orders well, and recorded {recorded}")
    after = _counters(peer, place)
    grown = {name: (after[name] - before[name]) / recorded for name in before}
    orders = last.recorded - first.recorded
    return Load(
        orders_a_second=orders / (last.at_s - first.at_s),
        application_ms=(last.application_s - first.application_s) * 1e3 / orders,
        database_ms=(last.database_s - first.database_s) * 1e3 / orders,
        client_ms=(last.client_s - first.client_s) * 1e3 / orders,
        commits=grown["commits"],
        inserted=grown["inserted"],
        updated=grown["updated"],
        indexed=grown["indexed"],
        wal_kib=grown["wal"] / 1024,
    )


def _wait_under(load: Future[float], seconds: float) -> None:
    """Let the load go on for so long. Raises what has ended it, if it has ended."""
    if wait([load], timeout=seconds).done:
        raise RuntimeError(f"wrk ended before it was measured, with {load.result():.0f} requests a second")


@dataclass(frozen=True, slots=True)
class _Reading:
    at_s: float
    recorded: int
    application_s: float
    database_s: float
    client_s: float


def _reading(peer: Peer, place: Place, served: Served) -> _Reading:
    """How far it is. What this process and those below it use beside the server is the client's."""
    recorded, at_s = _recorded(peer, place), time.monotonic()
    application_s, all_s = cpu_seconds(served.pid), cpu_seconds(os.getpid())
    database_s = cpu_seconds(place.cluster.status().pid or 0)
    return _Reading(at_s, recorded, application_s, database_s, all_s - application_s)


def _counters(peer: Peer, place: Place) -> dict[str, float]:
    counters: dict[str, float] = json.loads(place.cluster.ask(_COUNTERS, database=peer.database))
    return counters


def _recorded(peer: Peer, place: Place) -> int:
    return int(place.cluster.ask(f"SELECT count(*) FROM {peer.orders_recorded}", database=peer.database))
