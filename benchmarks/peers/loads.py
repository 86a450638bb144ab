"""One measurement of a peer: its rate, the CPU of each side, and what an order writes."""

import json
import resource
from dataclasses import dataclass

from benchmarks.forms import write
from benchmarks.peers.peer import Peer, Place
from benchmarks.processes import cpu_seconds
from benchmarks.servers import wrk

WARM_UP_S = 4

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
    """Serve, warm up, and send orders for so long. Raises RuntimeError where not every order sent was recorded."""
    peer.begin(place)
    postmaster = place.cluster.status().pid or 0
    before, recorded_before = _counters(peer, place), _recorded(peer, place)
    with peer.serve(place) as served:
        posts = peer.posts(place)
        warming, measured = place.home / "warming.tsv", place.home / "measured.tsv"
        write(warming, posts, peer.most_a_second * WARM_UP_S)
        warm = wrk(served.address, warming, WARM_UP_S, scheme=peer.scheme) * WARM_UP_S
        # not many more than are sent: `wrk` reads them all, by CPU that counts as its own
        write(measured, posts, 200 + int(1.5 * warm / WARM_UP_S * seconds))
        application, database, client = cpu_seconds(served.pid), cpu_seconds(postmaster), _client_seconds()
        rate = wrk(served.address, measured, seconds, scheme=peer.scheme)
        sent = rate * seconds
        application_ms, database_ms, client_ms = (
            spent * 1e3 / sent
            for spent in (
                cpu_seconds(served.pid) - application,
                cpu_seconds(postmaster) - database,
                _client_seconds() - client,
            )
        )
    # by now its connections have ended, and told what they did
    recorded = _recorded(peer, place) - recorded_before
    if recorded < 0.97 * (warm + sent):
        raise RuntimeError(f"{peer.name} answered {warm + sent:.0f} orders well, and recorded {recorded}")
    after = _counters(peer, place)
    grown = {name: (after[name] - before[name]) / recorded for name in before}
    return Load(
        orders_a_second=rate,
        application_ms=application_ms,
        database_ms=database_ms,
        client_ms=client_ms,
        commits=grown["commits"],
        inserted=grown["inserted"],
        updated=grown["updated"],
        indexed=grown["indexed"],
        wal_kib=grown["wal"] / 1024,
    )


def _counters(peer: Peer, place: Place) -> dict[str, float]:
    counters: dict[str, float] = json.loads(place.cluster.ask(_COUNTERS, database=peer.database))
    return counters


def _recorded(peer: Peer, place: Place) -> int:
    return int(place.cluster.ask(f"SELECT count(*) FROM {peer.orders_recorded}", database=peer.database))


def _client_seconds() -> float:
    """Of all programs that were run and have ended: between two loads, `wrk` alone."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
