"""Items of the outlet itself: its locations and the proposals for them, its terms, who changed its master record."""

from typing import Any

from sqlalchemy import ARRAY, Select, Text, and_, any_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.orm import aliased

from app.doors.timelines.reading import OUTLET_CODE, OUTLET_ID, in_order, newest, record, told, word
from app.ground.audit.models import AuditEntry
from app.ground.audit.rules import AuditKind
from app.masters.outlets.models import LocationProposal, OutletLocation, OutletTerms
from app.masters.outlets.terms import BY_CHANNEL

_TERMS = (*BY_CHANNEL, "credit_hold")
_TOLD_ELSEWHERE = cast(array([word("location"), word("terms")]), ARRAY(Text))
"""Members of the master record that have types of their own."""
_TOLD_MEMBERS = cast(array([word(name) for name in ("name", "address", "phone", "channel", "active")]), ARRAY(Text))
"""Members that are told as they were; of the others the names alone."""


def locations() -> Select[*tuple[Any, ...]]:
    """New versions of where the outlet is (V4). Of a fence `lat`, `lon` are the centroid."""
    records = record(
        OutletLocation.outlet_id == OUTLET_ID,
        at=OutletLocation.created_at,
        title="location_changed",
        id_=OutletLocation.version,
        key=in_order(OutletLocation.version),
        actor=OutletLocation.created_by,
        version=OutletLocation.version,
        lat=OutletLocation.lat,
        lon=OutletLocation.lon,
        radius_m=OutletLocation.radius_m,
    )
    rows = newest(records)
    return told(rows, **{name: rows.c[name] for name in ("version", "lat", "lon", "radius_m")})


def proposals() -> Select[*tuple[Any, ...]]:
    """Wishes for another location, of a rep or of the system, and how they stand."""
    records = _proposals(
        at=LocationProposal.proposed_at,
        title="location_proposed",
        actor=case((LocationProposal.rep_id.is_(None), word("system"))),
    )
    return _told_proposals(records)


def proposal_decisions() -> Select[*tuple[Any, ...]]:
    """What was decided about them."""
    decided = LocationProposal.decided_at.is_not(None)
    records = _proposals(
        decided, at=LocationProposal.decided_at, title="location_decided", actor=LocationProposal.decided_by
    )
    return _told_proposals(records)


def _proposals(*conditions: Any, **columns: Any) -> Select[*tuple[Any, ...]]:
    return record(
        LocationProposal.outlet_id == OUTLET_ID,
        *conditions,
        id_=LocationProposal.id,
        rep_id=LocationProposal.rep_id,
        lat=LocationProposal.lat,
        lon=LocationProposal.lon,
        radius_m=LocationProposal.radius_m,
        decision=LocationProposal.decision,
        location_version=LocationProposal.location_version,
        **columns,
    )


def _told_proposals(records: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    rows = newest(records)
    return told(rows, **{name: rows.c[name] for name in ("lat", "lon", "radius_m", "decision", "location_version")})


def terms() -> Select[*tuple[Any, ...]]:
    """New versions of the terms (M1), by the names of those that are others than before; `channel`: whose default."""
    before = aliased(OutletTerms)
    of_version_before = and_(before.outlet_id == OutletTerms.outlet_id, before.version == OutletTerms.version - 1)
    records = record(
        OutletTerms.outlet_id == OUTLET_ID,
        at=OutletTerms.valid_from,
        title="terms_changed",
        id_=OutletTerms.version,
        key=in_order(OutletTerms.version),
        actor=OutletTerms.created_by,
        version=OutletTerms.version,
        channel=OutletTerms.channel,
        changed=func.array_remove(array([_if_changed(name, before) for name in _TERMS]), None),
    )
    rows = newest(records.outerjoin(before, of_version_before))
    return told(rows, version=rows.c.version, changed=rows.c.changed, channel=rows.c.channel)


def _if_changed(name: str, before: Any) -> Any:
    """The name of a term, where it says something else than in the version before; NULL where not."""
    now, then = getattr(OutletTerms, name), getattr(before, name)
    nothing = {"must_stock": cast("[]", JSONB), "credit_hold": literal(value=False)}
    return case((now.is_distinct_from(func.coalesce(then, nothing[name]) if name in nothing else then), word(name)))


def changes() -> Select[*tuple[Any, ...]]:
    """Changes of the master record, from the audit trail: the members' names, and how some of them were and are."""
    after = AuditEntry.after.op("-")(_TOLD_ELSEWHERE)
    records = record(
        AuditEntry.kind == AuditKind.OUTLET.value,
        AuditEntry.code == OUTLET_CODE,
        or_(AuditEntry.before.is_(None), after != cast("{}", JSONB)),
        at=AuditEntry.at,
        title=case((AuditEntry.before.is_(None), word("outlet_made")), else_=word("outlet_changed")),
        id_=AuditEntry.id,
        key=in_order(AuditEntry.id),
        actor=AuditEntry.actor,
        before=AuditEntry.before,
        after=after,
    )
    rows = newest(records)
    names = func.jsonb_object_keys(rows.c.after).column_valued("name")
    return told(
        rows,
        changed=func.array(select(names).order_by(names).scalar_subquery()),
        before=_told_of(rows.c.before),
        after=_told_of(rows.c.after),
    )


def _told_of(members: Any) -> Any:
    """Of a record's members those that are told as they were; NULL of none."""
    each = func.jsonb_each(members).table_valued("key", "value")
    told_members = func.jsonb_object_agg(each.c.key, cast(each.c.value, JSONB))
    return select(told_members).where(each.c.key == any_(_TOLD_MEMBERS)).scalar_subquery()
