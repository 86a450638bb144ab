"""Which rows of which table are a person's, and what of them goes when the person is erased (decision 57).

A table whose row in `app/ground/db/stored_tables.py` names something personal has an entry here; a test holds that, and
another one looks for what is left after somebody was erased. Conditions and values are SQL over the table's columns and
`Person`'s parameters: `:rep_id`, `:user_id` (-1: the other kind of person), `:device_ids`, `:actors`, `:rep_code`,
`:username`, `:emails`, `:pseudonym`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import literal_column
from sqlalchemy.dialects import postgresql

from app.sales.returns.attribution import decisions_about

_OF_REP = "rep_id = :rep_id"
_OF_REPS_ORDER = "(business_date, order_id) IN (SELECT business_date, id FROM orders WHERE rep_id = :rep_id)"
_RETURN_DECISIONS_ABOUT_REP = str(
    decisions_about(literal_column(":rep_id")).compile(
        dialect=postgresql.dialect(paramstyle="named"),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
)
"""Whose a line is is derived (decision 73), for which there is one expression."""


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """What one table keeps of a person.

    `rows`: whose they are, beside those that the person made (columns that tell who did it). `secret`: columns that are
    told to nobody. `erased`: what columns become. `members`: of JSON, at any depth, what becomes null. `removed`: the
    rows go as a whole. `texts`: sentences in which a person's code may stand.
    """

    rows: str
    secret: tuple[str, ...] = ()
    erased: Mapping[str, str] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    removed: bool = False
    texts: tuple[str, ...] = ()


_TABLES = {
    # who the person is
    "reps": PersonalTable(
        "id = :rep_id", erased={"code": ":pseudonym", "name": ":pseudonym", "emails": "CAST('{}' AS text[])"}
    ),
    "users": PersonalTable(
        "id = :user_id", secret=("password_hash",), erased={"username": ":pseudonym", "password_hash": "''"}
    ),
    "user_territories": PersonalTable("user_id = :user_id", removed=True),
    # what the person logs in with
    "devices": PersonalTable(
        _OF_REP,
        erased={
            "model": "''",
            "os": "''",
            "app_version": "''",
            "public_jwk": "NULL",
            "revoked_at": "COALESCE(revoked_at, now())",
        },
    ),
    "device_sync_states": PersonalTable(_OF_REP),
    "device_boots": PersonalTable("device_id = ANY(CAST(:device_ids AS uuid[]))", removed=True),
    "device_days": PersonalTable(_OF_REP, removed=True),
    "rejected_events": PersonalTable(_OF_REP, erased={"outlet_code": "NULL"}),
    "enrolment_codes": PersonalTable(_OF_REP, secret=("code_hash",), removed=True),
    "refresh_families": PersonalTable(
        "user_id = :user_id OR device_id = ANY(CAST(:device_ids AS uuid[]))",
        secret=("token_hash", "previous_hash"),
        removed=True,
    ),
    "second_factors": PersonalTable("user_id = :user_id", secret=("sealed_secret", "recovery_hashes"), removed=True),
    "oidc_bindings": PersonalTable("user_id = :user_id", removed=True),
    "login_places": PersonalTable("user_id = :user_id", secret=("place", "network"), removed=True),
    "idempotency_keys": PersonalTable("caller = ANY(CAST(:actors AS text[]))", secret=("digest", "body"), removed=True),
    "calendar_links": PersonalTable(
        "rep_id = :rep_id OR created_by = ANY(CAST(:actors AS text[]))", secret=("key_hash",), removed=True
    ),
    # where and when the person works
    "workdays": PersonalTable(_OF_REP, removed=True),
    "week_plans": PersonalTable(
        "rep_id = :rep_id OR decided_by = ANY(CAST(:actors AS text[]))", erased={"remark": "NULL"}
    ),
    "week_plan_versions": PersonalTable(
        "plan_id IN (SELECT id FROM week_plans WHERE rep_id = :rep_id) OR made_by = ANY(CAST(:actors AS text[]))",
        erased={"remark": "NULL"},
        members=("start", "end"),
    ),
    "plan_change_requests": PersonalTable(
        "rep_id = :rep_id OR requested_by = ANY(CAST(:actors AS text[])) OR decided_by = ANY(CAST(:actors AS text[]))",
        erased={"comment": "''", "decision_comment": "NULL"},
    ),
    "plan_generations": PersonalTable("id IN (SELECT generation_id FROM plan_generation_reps WHERE rep_id = :rep_id)"),
    "plan_generation_reps": PersonalTable(_OF_REP),
    "visits": PersonalTable(
        "rep_id = :rep_id OR excused_by = ANY(CAST(:actors AS text[]))",
        erased={
            "excuse_reason": "CASE WHEN rep_id = :rep_id AND excuse_reason IS NOT NULL THEN 'erased'"
            " ELSE excuse_reason END",
            "excuse_comment": "CASE WHEN excuse_comment IS NOT NULL THEN '' END",
        },
    ),
    "visit_removals": PersonalTable(_OF_REP),
    "day_changes": PersonalTable(_OF_REP, removed=True),
    "check_ins": PersonalTable(_OF_REP, erased={"lat": "NULL", "lon": "NULL"}),
    "risk_signals": PersonalTable(
        "rep_id = :rep_id OR reviewed_by = ANY(CAST(:actors AS text[]))",
        erased={"review_comment": "CASE WHEN review_comment IS NOT NULL THEN '' END"},
        members=("lat", "lon"),
        texts=("explanation",),
    ),
    "location_proposals": PersonalTable(
        "rep_id = :rep_id OR decided_by = ANY(CAST(:actors AS text[]))",
        erased={"comment": "NULL", "decision_comment": "NULL"},
    ),
    # what the person sold, earned and said
    "orders": PersonalTable(
        "rep_id = :rep_id OR placed_by = ANY(CAST(:actors AS text[]))",
        erased={"lat": "NULL", "lon": "NULL", "comment": "''"},
    ),
    "order_versions": PersonalTable(
        f"changed_by = ANY(CAST(:actors AS text[])) OR {_OF_REPS_ORDER}",
        secret=("digest",),
        erased={"reason": "''", "comment": "''"},
    ),
    "order_refusals": PersonalTable(
        "rep_id = :rep_id OR placed_by = ANY(CAST(:actors AS text[]))", secret=("digest",), erased={"form": "NULL"}
    ),
    "deliveries": PersonalTable(
        "rep_id = :rep_id OR recorded_by = ANY(CAST(:actors AS text[])) OR corrected_by = ANY(CAST(:actors AS text[]))",
        secret=("digest",),
    ),
    "delivery_versions": PersonalTable("recorded_by = ANY(CAST(:actors AS text[]))", secret=("digest",)),
    "returns": PersonalTable(
        "recorded_by = ANY(CAST(:actors AS text[])) OR corrected_by = ANY(CAST(:actors AS text[]))", secret=("digest",)
    ),
    "return_versions": PersonalTable("recorded_by = ANY(CAST(:actors AS text[]))", secret=("digest",)),
    # words about whoever sold what came short, or came back
    "return_decisions": PersonalTable(
        f"decided_by = ANY(CAST(:actors AS text[])) OR id IN ({_RETURN_DECISIONS_ABOUT_REP})", erased={"comment": "''"}
    ),
    "fulfilment_decisions": PersonalTable(
        f"decided_by = ANY(CAST(:actors AS text[])) OR {_OF_REPS_ORDER}",
        erased={"comment": "''"},
    ),
    "no_order_reports": PersonalTable(_OF_REP, erased={"comment": "''"}),
    "missing_orders": PersonalTable(_OF_REP),
    "points_entries": PersonalTable(_OF_REP),
    "rep_closings": PersonalTable(_OF_REP),
    "closed_reps": PersonalTable(_OF_REP),
    "rep_statements": PersonalTable(_OF_REP),
    "month_closings": PersonalTable(
        "begun_by = ANY(CAST(:actors AS text[])) OR reopened_by = ANY(CAST(:actors AS text[]))",
        erased={"reopen_reason": "CASE WHEN reopened_by IS NOT NULL THEN '' END"},
    ),
    "appeals": PersonalTable(_OF_REP),
    "appeal_steps": PersonalTable(
        "taken_by = ANY(CAST(:actors AS text[])) OR appeal_id IN (SELECT id FROM appeals WHERE rep_id = :rep_id)",
        erased={"text": "''"},
    ),
    # a file elsewhere is taken away by the scheduler, and the row with it
    "attachments": PersonalTable(_OF_REP, erased={"name": "''", "doomed": "true", "kept_until": "'-infinity'"}),
    "attachment_contents": PersonalTable(
        "attachment_id IN (SELECT id FROM attachments WHERE rep_id = :rep_id)", secret=("content",), removed=True
    ),
    "assortment_statements": PersonalTable(
        "voided_by = ANY(CAST(:actors AS text[])) OR jsonb_path_exists("
        "content, '$.reps.*[*] ? (@.id == $rep)', jsonb_build_object('rep', CAST(:rep_id AS integer)))",
        erased={"void_reason": "CASE WHEN voided_by IS NOT NULL THEN '' END"},
    ),
    "kept_rep_days": PersonalTable(_OF_REP),
    "kept_outlets": PersonalTable(_OF_REP),
    "cutoff_runs": PersonalTable("voided_by = ANY(CAST(:actors AS text[]))", erased={"void_reason": "''"}),
    "call_tasks": PersonalTable("claimed_by = :user_id", erased={"comment": "NULL"}),
    "call_attempts": PersonalTable("operator_id = :user_id", erased={"comment": "NULL"}),
    # mails, and what was told of the person
    "inbox_answers": PersonalTable("recipient = ANY(CAST(:emails AS text[]))", removed=True),
    "inbox_messages": PersonalTable(
        "sender = ANY(CAST(:emails AS text[]))",
        secret=("key",),
        erased={"sender": "NULL", "subject": "''", "message_id": "NULL"},
    ),
    "events": PersonalTable(
        "payload ->> 'rep_code' = :rep_code OR payload ->> 'username' = :username"
        " OR payload ->> 'reopened_by' = ANY(CAST(:actors AS text[]))"
        " OR payload ->> 'voided_by' = ANY(CAST(:actors AS text[]))",
        # why a visit was excused (that somebody was ill); and why a month was reopened or a run voided, in the words
        # that older versions of this program put into the event
        members=("reason_code", "reason"),
    ),
    "audit_entries": PersonalTable(
        "(kind = 'rep' AND code = :rep_code) OR (kind = 'workday' AND code = :rep_code AND after ->> 'of' = 'rep')"
        " OR (kind = 'user' AND code = :username)"
        " OR (kind = 'device' AND code = ANY(CAST(:device_ids AS text[])))",
        erased={"code": "CASE WHEN kind = 'device' THEN code ELSE :pseudonym END"},
        members=("name", "emails", "username", "model", "os", "app_version", "start", "end"),
    ),
    # who did it, and nothing else
    "outlet_locations": PersonalTable("false"),
    "outlet_terms": PersonalTable("false"),
    "channel_terms": PersonalTable("false"),
    "assortment_targets": PersonalTable("false"),
}

REGISTER: Mapping[str, PersonalTable] = MappingProxyType(_TABLES)
"""By table."""

OF_SHOPS = frozenset({"outlets"})
"""Tables whose personal columns are those of shops, not of the people who work here."""
