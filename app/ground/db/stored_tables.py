"""Every table in one list: what the service's role may do with its rows, how long they are kept, and what is personal.

A migration that makes a table adds a row here; `tests/ground/db/test_stored_tables.py` says which row is missing.
`fieldproof migrate` grants what is said here, and takes away what is not (decision 45). `docs/privacy.md` shows what
is kept, and a test compares it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

KEPT_MONTHS = 24
"""How many whole months of records are kept: two years."""


@dataclass(frozen=True, slots=True)
class ServiceRights:
    """What the service may do with a table's rows, beside reading them. `update`: all columns, or those alone."""

    insert: bool = False
    update: bool | tuple[str, ...] = False
    delete: bool = False


READS = ServiceRights()
"""Only migrations write it."""
APPENDS = ServiceRights(insert=True)
"""Append-only: what was written stays as it was told."""
CHANGES = ServiceRights(insert=True, update=True)
"""Rows change, and none goes."""
REMOVES = ServiceRights(insert=True, delete=True)
REPLACES = ServiceRights(insert=True, update=True, delete=True)


class Keeping(StrEnum):
    """How long rows are kept."""

    FOR_GOOD = "for good"
    WITH_THE_RECORD = "as long as what they belong to"
    BY_MONTH = f"{KEPT_MONTHS} months, then the month's partition is dropped"
    BY_TIME = f"{KEPT_MONTHS} months, then pruned in batches"
    SHORTLY = "until they mean nothing any more, then pruned in batches"


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table: rights of the service, how long rows are kept and why, what of them is personal ("": nothing)."""

    rights: ServiceRights
    keeping: Keeping
    why: str
    personal: str = ""


_GOOD, _WITH, _MONTH, _TIME, _SHORT = Keeping

_WHO_DID = "who did it"
_WORDS = "words about the rep"

_TABLES = {
    # ground
    "events": StoredTable(APPENDS, _TIME, "integrations that stood still go on with them", "codes of reps"),
    "position_epochs": StoredTable(READS, _GOOD, "readers' positions outlive a restore"),
    "event_receipts": StoredTable(APPENDS, _TIME, "the same id is answered alike (O3)"),
    "idempotency_keys": StoredTable(REMOVES, _SHORT, "a day: for requests that are tried again", "answers as given"),
    "audit_entries": StoredTable(APPENDS, _GOOD, "who changed what, when, what from and to", _WHO_DID),
    "attachments": StoredTable(
        REPLACES, _SHORT, "a day, or two years as part of a record; the file goes first", "photos and papers of a rep"
    ),
    "attachment_contents": StoredTable(REMOVES, _WITH, "the file, where the database keeps it", "a photo or a paper"),
    "job_runs": StoredTable(REPLACES, _SHORT, "one row a job of the scheduler that leads: what it did last"),
    "alembic_version": StoredTable(READS, _GOOD, "says which schema this is"),
    # masters
    "territories": StoredTable(CHANGES, _GOOD, "records point to it"),
    "past_calendars": StoredTable(APPENDS, _GOOD, "a day is judged by the calendar that held"),
    "reps": StoredTable(CHANGES, _GOOD, "records point to it", "name, addresses"),
    "users": StoredTable(CHANGES, _GOOD, "records point to it", "name, password's hash"),
    "user_territories": StoredTable(REMOVES, _WITH, "what a user may see"),
    "clients": StoredTable(CHANGES, _GOOD, "records name it"),
    "devices": StoredTable(CHANGES, _GOOD, "records point to it", "model of a rep's handheld"),
    "enrolment_codes": StoredTable(REPLACES, _SHORT, "a code is good for 15 minutes"),
    "refresh_families": StoredTable(
        REPLACES, _SHORT, "until a login has run out", "when somebody logged in, and with what program"
    ),
    "second_factors": StoredTable(
        REPLACES, _WITH, "one row a user who has one, or is setting one up", "that a user has one, and since when"
    ),
    "oidc_bindings": StoredTable(
        REPLACES, _WITH, "one row a user who signs in by the provider", "who a user is at the organisation's provider"
    ),
    "login_paces": StoredTable(REPLACES, _SHORT, "some 25 hours at most: against guessing; a bounded number of rows"),
    "login_places": StoredTable(
        REPLACES, _SHORT, "90 days: nobody else keeps a user out from there", "digests of addresses of a user"
    ),
    "outlets": StoredTable(CHANGES, _GOOD, "records point to it", "phone and addresses of a shop"),
    "outlet_locations": StoredTable(APPENDS, _GOOD, "verdicts rest on it (V4)", _WHO_DID),
    "outlet_departures": StoredTable(APPENDS, _GOOD, "handhelds forget what left; few rows"),
    "location_proposals": StoredTable(CHANGES, _GOOD, "evidence for a location; few rows", _WHO_DID),
    "outlet_terms": StoredTable(APPENDS, _GOOD, "orders are judged by what held (decision 22)", _WHO_DID),
    "channel_terms": StoredTable(APPENDS, _GOOD, "orders are judged by what held (decision 22)", _WHO_DID),
    "products": StoredTable(CHANGES, _GOOD, "records point to it"),
    "prices": StoredTable(CHANGES, _GOOD, "orders are judged by what held"),
    "stock": StoredTable(CHANGES, _GOOD, "one row a product and warehouse"),
    # sales
    "orders": StoredTable(CHANGES, _MONTH, "the record of what was sold", "position of the rep: 90 days"),
    "order_lines": StoredTable(REMOVES, _MONTH, "the record of what was sold"),
    "order_versions": StoredTable(APPENDS, _TIME, "what an order said before (O4)", _WHO_DID),
    "order_refusals": StoredTable(APPENDS, _TIME, "why a form was refused (O2)", _WHO_DID),
    "no_order_reasons": StoredTable(CHANGES, _GOOD, "a catalogue"),
    "no_order_reports": StoredTable(APPENDS, _MONTH, "the rep's word", "words of the rep"),
    "mismatch_reasons": StoredTable(CHANGES, _GOOD, "a catalogue"),
    "deliveries": StoredTable(CHANGES, _MONTH, "the record of what came (D1)", _WHO_DID),
    "delivery_lines": StoredTable(REMOVES, _MONTH, "the record of what came (D1)"),
    "delivery_versions": StoredTable(APPENDS, _MONTH, "what a delivery said before (D1)", _WHO_DID),
    "fulfilments": StoredTable(CHANGES, _MONTH, "what became of an order (D2); as its facts are, made anew from them"),
    "returns": StoredTable(CHANGES, _MONTH, "the record of what went back (D4)", _WHO_DID),
    "return_lines": StoredTable(REMOVES, _MONTH, "the record of what went back (D4)"),
    "return_versions": StoredTable(APPENDS, _MONTH, "what a return said before (D4)", _WHO_DID),
    "return_decisions": StoredTable(APPENDS, _GOOD, "who answers, and who said so (D4); few rows", _WORDS),
    "fulfilment_decisions": StoredTable(APPENDS, _GOOD, "who answers, and who said so (D3); few rows", _WORDS),
    "outlet_turnovers": StoredTable(REPLACES, _SHORT, "made anew every day"),
    # field
    "visits": StoredTable(REPLACES, _MONTH, "the record of the day", "where a rep was to be"),
    "visit_removals": StoredTable(APPENDS, _GOOD, "handhelds forget them; a number each"),
    "verdict_policies": StoredTable(APPENDS, _GOOD, "verdicts name it"),
    "check_ins": StoredTable(APPENDS, _MONTH, "the record of the day", "position of the rep: 90 days"),
    "risk_signals": StoredTable(CHANGES, _TIME, "doubts and what people said to them", "position of the rep: 90 days"),
    "device_sync_states": StoredTable(CHANGES, _WITH, "one row a device"),
    "rejected_events": StoredTable(
        REPLACES, _SHORT, "90 days: what could not be recorded is shown (T7)", "where a rep was to be"
    ),
    "device_boots": StoredTable(REPLACES, _SHORT, "90 days after a boot was last heard of", "when a phone was started"),
    "device_days": StoredTable(REPLACES, _SHORT, "35 days: how much came of a day", "on which days a rep worked"),
    # motivation
    "points_policies": StoredTable(APPENDS, _GOOD, "entries name it"),
    "points_entries": StoredTable(APPENDS, _GOOD, "a balance is their sum (P1)", "what a rep earned and lost"),
    "penalty_finalisations": StoredTable(APPENDS, _GOOD, "belongs to an entry"),
    "points_pardons": StoredTable(APPENDS, _GOOD, "what a granted appeal has settled (P5)"),
    "points_holds": StoredTable(REMOVES, _SHORT, "until a doubt about a proof is reviewed (P4)"),
    "rep_closings": StoredTable(CHANGES, _WITH, "one row a rep: up to where its months are closed (P6)"),
    "statement_policies": StoredTable(APPENDS, _GOOD, "statements were made by it"),
    "month_closings": StoredTable(
        # what became of it; the rest of its row stays
        ServiceRights(insert=True, update=("closed_at", "statements", "reopened_at", "reopened_by", "reopen_reason")),
        _GOOD,
        "a month is closed once (P6); a row a territory and month",
        _WHO_DID,
    ),
    "closed_reps": StoredTable(APPENDS, _GOOD, "whose month a closing closes"),
    "rep_statements": StoredTable(APPENDS, _GOOD, "what a rep was told (P6)", "what a rep earned and lost"),
    "appeals": StoredTable(
        # the rest of it never changes: what happened are its steps
        ServiceRights(insert=True, update=("status", "instance", "waiting_since", "decided_at", "told_at")),
        _GOOD,
        "why an entry was reversed, or stayed",
        "what a rep did not accept",
    ),
    "appeal_steps": StoredTable(APPENDS, _GOOD, "who decided, and why", "words of the rep and about the rep"),
    "assortment_targets": StoredTable(APPENDS, _GOOD, "statements name it; few rows", _WHO_DID),
    "assortment_statements": StoredTable(
        # a statement can be voided; nothing else of it changes
        ServiceRights(insert=True, update=("voided_at", "voided_by", "void_reason")),
        _GOOD,
        "what a quarter came to (MX3); a row a territory and quarter",
        "what a rep's orders did to the mix",
    ),
    # planning
    "workdays": StoredTable(CHANGES, _WITH, "one row a rep or territory", "where a rep's day begins and ends"),
    "week_plans": StoredTable(CHANGES, _GOOD, "what was agreed; a row a week", "where a rep was to be"),
    "week_plan_versions": StoredTable(APPENDS, _GOOD, "what was agreed, and who said so", _WHO_DID),
    "plan_change_requests": StoredTable(CHANGES, _GOOD, "what was agreed, and who said so", _WHO_DID),
    "plan_reminders": StoredTable(APPENDS, _GOOD, "a territory is told once; a row a week"),
    "calendar_links": StoredTable(CHANGES, _WITH, "opens a rep's week"),
    "plan_generations": StoredTable(CHANGES, _GOOD, "what was asked for; a row a week", _WHO_DID),
    "plan_generation_reps": StoredTable(CHANGES, _WITH, "what came of it"),
    # closing
    "cutoff_runs": StoredTable(
        # what it came to is written before it is committed; `keep_what_was_committed` holds it from then on
        ServiceRights(
            insert=True,
            update=(
                "planned_visits",
                "missing_orders",
                "call_tasks",
                "penalties",
                "finished_at",
                "voided_at",
                "voided_by",
                "void_reason",
            ),
        ),
        _GOOD,
        "a day is closed once (C1); a row a territory and day",
    ),
    "missing_orders": StoredTable(
        # rows are locked while they are settled, which takes this right; the trigger lets nobody use it
        ServiceRights(insert=True, update=("provisional",)),
        _MONTH,
        "why the rep was charged",
    ),
    "missing_order_resolutions": StoredTable(APPENDS, _TIME, "what became of it (C4)"),
    "kept_days": StoredTable(REPLACES, _SHORT, "sums of records, as long as those: made anew from them at any time"),
    "kept_rep_days": StoredTable(
        REPLACES, _SHORT, "sums of records, as long as those: made anew from them at any time", "what a rep has done"
    ),
    "kept_outlets": StoredTable(
        REPLACES, _SHORT, "sums of records, as long as those: made anew from them at any time", "where a rep has been"
    ),
    "kept_products": StoredTable(REPLACES, _SHORT, "a code each of what kept sums name"),
    "stale_days": StoredTable(REMOVES, _SHORT, "until the day was counted anew"),
    "day_changes": StoredTable(REMOVES, _SHORT, "an hour: who looks at reps' days is told of them"),
    "call_tasks": StoredTable(CHANGES, _TIME, "who was phoned, and what came of it", _WHO_DID),
    "call_attempts": StoredTable(APPENDS, _TIME, "who was phoned, and what came of it", _WHO_DID),
    # doors
    "inbox_messages": StoredTable(CHANGES, _TIME, "a mail is worked off once", "address of who wrote"),
    "inbox_forms": StoredTable(APPENDS, _TIME, "what a form became"),
    "inbox_answers": StoredTable(CHANGES, _TIME, "what was answered", "address of who wrote"),
    "inbox_mails_in_hand": StoredTable(REPLACES, _SHORT, "until a mail is worked off, 30 days at most"),
}

STORED_TABLES: Mapping[str, StoredTable] = MappingProxyType(_TABLES)
"""By name; partitions are as their parents."""

SERVICE_FUNCTIONS = (
    "ensure_month_partitions",
    "forget_check_in_positions",
    "keep_positions",
    "forget_expired",
    "drop_expired_months",
)
"""What the service may have done by the owner: functions with the owner's rights and a bounded effect."""
