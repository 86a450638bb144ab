"""Which phones worked for more than one rep on a day: the SQL of `shared_device`, for the job alone."""

from datetime import date

from sqlalchemy import ARRAY, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.registry import ComparedRule, names_of
from app.field.risk_signals.rules.shared_device import PhoneUse
from app.ground.db.plans import without_nested_loops
from app.ground.db.statements import records_of

LEAST_BOOT_ID = 16
"""A boot id of fewer characters may be a counter: two phones can have it, and it proves nothing."""

# The period is read whole, once. What is shared is nearly nothing, and is looked up.
_USES = text("""
    WITH key AS MATERIALIZED (
        SELECT public_jwk FROM devices WHERE jsonb_typeof(public_jwk) = 'object' AND public_jwk <> '{}'
        GROUP BY public_jwk HAVING min(rep_id) <> max(rep_id)
    ), event AS MATERIALIZED (
        SELECT business_date, id, 'check_in' AS kind, rep_id, device_id, outlet_id, corrected_at,
            CASE WHEN length(boot_id) >= :least_boot_id THEN boot_id END AS boot_id
        FROM check_ins WHERE business_date BETWEEN :first AND :last AND device_id IS NOT NULL
        UNION ALL
        SELECT business_date, id, 'order', rep_id, device_id, outlet_id, corrected_at,
            CASE WHEN length(boot_id) >= :least_boot_id THEN boot_id END
        FROM orders WHERE business_date BETWEEN :first AND :last AND device_id IS NOT NULL
    ), boot AS MATERIALIZED (
        SELECT business_date, boot_id FROM event WHERE boot_id IS NOT NULL
        GROUP BY business_date, boot_id HAVING min(rep_id) <> max(rep_id)
    ), used AS MATERIALIZED (
        SELECT 'boot' AS by, event.boot_id AS phone, event.*
        FROM boot JOIN event ON event.business_date = boot.business_date AND event.boot_id = boot.boot_id
        UNION ALL
        SELECT 'key', md5(CAST(device.public_jwk AS text)), event.*
        FROM key JOIN devices AS device ON device.public_jwk = key.public_jwk
        JOIN event ON event.device_id = device.id
    ), part AS (
        SELECT by, phone, business_date, rep_id, device_id, count(*) AS events, min(corrected_at) AS first_at,
            max(corrected_at) AS last_at, (array_agg(id ORDER BY corrected_at, id))[1] AS event_id,
            (array_agg(kind ORDER BY corrected_at, id))[1] AS kind,
            (array_agg(outlet_id ORDER BY corrected_at, id))[1] AS outlet_id
        FROM used GROUP BY by, phone, business_date, rep_id, device_id
    )
    SELECT part.by, part.phone, part.business_date, part.rep_id, rep.code AS rep_code, rep.territory_id, part.device_id,
        device.enrolled_at, device.revoked_at, part.events, part.first_at, part.last_at, part.event_id, part.kind,
        part.outlet_id, outlet.code AS outlet_code
    FROM part JOIN reps AS rep ON rep.id = part.rep_id JOIN devices AS device ON device.id = part.device_id
    JOIN outlets AS outlet ON outlet.id = part.outlet_id
""").bindparams(bindparam("first", type_=Date), bindparam("last", type_=Date), least_boot_id=LEAST_BOOT_ID)

_STANDING = text("""
    SELECT DISTINCT territory_id, rep_id FROM risk_signals
    WHERE rule = ANY(:rules) AND business_date BETWEEN :first AND :last AND withdrawn_at IS NULL AND reviewed_at IS NULL
""").bindparams(
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
    bindparam("rules", names_of(ComparedRule), type_=ARRAY(Text)),
)


async def phone_uses(session: AsyncSession, first: date, last: date) -> list[PhoneUse]:
    """What was recorded from `first` to `last` by phones that may be shared: one statement, reading the days whole."""
    async with without_nested_loops(session):
        return records_of(PhoneUse, await session.execute(_USES, {"first": first, "last": last}))


async def reps_in_doubt(session: AsyncSession, first: date, last: date) -> set[tuple[int, int]]:
    """The reps (territory, rep) with an open signal about one of these days by a rule that compares reps."""
    return {(row.territory_id, row.rep_id) for row in await session.execute(_STANDING, {"first": first, "last": last})}
