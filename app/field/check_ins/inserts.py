"""The set-based write: one statement for any number of check-ins and the ad hoc visits that they make."""

from collections.abc import Sequence
from operator import attrgetter

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.records import AcceptedCheckIn
from app.field.visits.visit_ids import new_visit_id
from app.ground.db.direct import DirectStatement

_COLUMNS = (
    "business_date", "id", "territory_id", "rep_id", "device_id", "outlet_id", "kind", "captured_at", "received_at",
    "corrected_at", "skew_ms", "trusted", "clock_changed", "monotonic_ms", "boot_id", "sequence", "location_version",
    "policy_version", "verdict.code", "verdict.p_inside", "verdict.distance_m",
)  # fmt: skip
_values = attrgetter(*_COLUMNS)
_FIX_COLUMNS = ("lat", "lon", "accuracy_m", "fix_at", "provider", "mock")
_fix_values = attrgetter(*_FIX_COLUMNS)
_NO_FIX = (None, None, None, None, None, False)

# Sorted, so that two transactions that make the same visits wait for each other in one direction only.
_INSERT = DirectStatement(
    text("""
    WITH recorded AS (
        INSERT INTO check_ins (
            business_date, id, territory_id, rep_id, device_id, outlet_id, kind, captured_at, received_at,
            corrected_at, skew_ms, trusted, clock_changed, monotonic_ms, boot_id, sequence, location_version,
            policy_version, verdict, p_inside, distance_m, lat, lon, accuracy_m, fix_at, provider, mock
        )
        SELECT * FROM unnest(
            CAST(:business_date AS date[]), CAST(:id AS uuid[]), CAST(:territory_id AS int[]), CAST(:rep_id AS int[]),
            CAST(:device_id AS uuid[]), CAST(:outlet_id AS int[]), CAST(:kind AS text[]),
            CAST(:captured_at AS timestamptz[]), CAST(:received_at AS timestamptz[]),
            CAST(:corrected_at AS timestamptz[]), CAST(:skew_ms AS int8[]), CAST(:trusted AS bool[]),
            CAST(:clock_changed AS bool[]), CAST(:monotonic_ms AS int8[]), CAST(:boot_id AS text[]),
            CAST(:sequence AS int8[]), CAST(:location_version AS int[]), CAST(:policy_version AS int[]),
            CAST(:verdict AS text[]), CAST(:p_inside AS float8[]), CAST(:distance_m AS float8[]),
            CAST(:lat AS float8[]), CAST(:lon AS float8[]), CAST(:accuracy_m AS float8[]),
            CAST(:fix_at AS timestamptz[]), CAST(:provider AS text[]), CAST(:mock AS bool[])
        )
    )
    INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, created_at)
    SELECT * FROM unnest(
        CAST(:visit_dates AS date[]), CAST(:visit_ids AS uuid[]), CAST(:visit_territories AS int[]),
        CAST(:visit_reps AS int[]), CAST(:visit_outlets AS int[]), CAST(:visit_times AS timestamptz[])
    )
    ON CONFLICT (visit_date, rep_id, outlet_id) DO NOTHING
""")
)


async def insert_check_ins(session: AsyncSession, check_ins: Sequence[AcceptedCheckIn]) -> None:
    """Insert check-ins (at least one), and a visit for each outlet and day where their rep has none yet (V5)."""
    columns = list(zip(*map(_values, check_ins), strict=True))
    parameters: dict[str, object] = dict(zip(_COLUMNS[:-3], columns, strict=False))
    parameters |= dict(zip(("verdict", "p_inside", "distance_m"), columns[-3:], strict=True))
    fixes = [_fix_values(one.fix) if one.fix else _NO_FIX for one in check_ins]
    parameters |= dict(zip(_FIX_COLUMNS, zip(*fixes, strict=True), strict=True))
    await _INSERT.rows(session, parameters | _visits_of(check_ins))


def _visits_of(check_ins: Sequence[AcceptedCheckIn]) -> dict[str, object]:
    places = {(c.business_date, c.rep_id, c.outlet_id): (c.territory_id, c.received_at) for c in check_ins}
    visits = sorted(places)
    return {
        "visit_dates": [day for day, _, _ in visits],
        "visit_ids": [new_visit_id(day) for day, _, _ in visits],
        "visit_territories": [places[visit][0] for visit in visits],
        "visit_reps": [rep_id for _, rep_id, _ in visits],
        "visit_outlets": [outlet_id for _, _, outlet_id in visits],
        "visit_times": [places[visit][1] for visit in visits],
    }
