"""Create the tables of a rep's day.

Revision: 0001
Revises: none
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_tasks",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("priority", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_tasks")),
        sa.UniqueConstraint("outlet_id", "business_date", name=op.f("uq_call_tasks_outlet_id_business_date")),
    )
    op.create_index(
        "ix_call_tasks_territory_id_business_date", "call_tasks", ["territory_id", "business_date"], unique=False
    )
    op.create_index(
        "ix_call_tasks_waiting",
        "call_tasks",
        ["territory_id", "due_at", sa.literal_column("priority DESC")],
        unique=False,
        postgresql_where=sa.text("status IN ('open', 'claimed')"),
    )
    op.create_table(
        "check_ins",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("clock_changed", sa.Boolean(), nullable=False),
        sa.Column("monotonic_ms", sa.BigInteger(), nullable=True),
        sa.Column("boot_id", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("fix_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("mock", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("p_inside", sa.Double(), nullable=True),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("location_version", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("business_date", "id", name=op.f("pk_check_ins")),
        postgresql_partition_by="RANGE (business_date)",
    )
    op.create_index("ix_check_ins_outlet_id_business_date", "check_ins", ["outlet_id", "business_date"], unique=False)
    op.create_index(
        "ix_check_ins_rep_id_business_date",
        "check_ins",
        ["rep_id", "business_date"],
        unique=False,
        postgresql_include=["lat", "lon"],
    )
    op.create_index(
        "ix_check_ins_territory_id_business_date", "check_ins", ["territory_id", "business_date"], unique=False
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("name", name=op.f("uq_clients_name")),
    )
    op.create_table(
        "cutoff_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_visits", sa.Integer(), nullable=False),
        sa.Column("missing_orders", sa.Integer(), nullable=False),
        sa.Column("call_tasks", sa.Integer(), nullable=False),
        sa.Column("penalties", sa.Integer(), nullable=False),
        sa.Column("triggered_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cutoff_runs")),
        sa.UniqueConstraint("territory_id", "business_date", name=op.f("uq_cutoff_runs_territory_id_business_date")),
    )
    op.create_table(
        "event_receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_receipts")),
    )
    op.create_index(
        "ix_event_receipts_received_at", "event_receipts", ["received_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "events",
        sa.Column(
            "written_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("written_in", "id", name=op.f("pk_events")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "route", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        "ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "login_failures",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_login_failures")),
    )
    op.create_table(
        "missing_order_resolutions",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_date", "visit_id", "step", name=op.f("pk_missing_order_resolutions")),
    )
    op.create_table(
        "missing_orders",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("no_order_reason", sa.Text(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("business_date", "visit_id", name=op.f("pk_missing_orders")),
        postgresql_partition_by="RANGE (business_date)",
    )
    op.create_index(
        "ix_missing_orders_outlet_id_business_date", "missing_orders", ["outlet_id", "business_date"], unique=False
    )
    op.create_index("ix_missing_orders_run_id_visit_id", "missing_orders", ["run_id", "visit_id"], unique=False)
    op.create_table(
        "no_order_reasons",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "changed_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_no_order_reasons")),
    )
    op.create_table(
        "no_order_reports",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("clock_changed", sa.Boolean(), nullable=False),
        sa.Column("monotonic_ms", sa.BigInteger(), nullable=True),
        sa.Column("boot_id", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("business_date", "id", name=op.f("pk_no_order_reports")),
        postgresql_partition_by="RANGE (business_date)",
    )
    op.create_index(
        "ix_no_order_reports_outlet_id_business_date", "no_order_reports", ["outlet_id", "business_date"], unique=False
    )
    op.create_table(
        "order_refusals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=True),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_refusals")),
    )
    op.create_index(
        "ix_order_refusals_outlet_id_business_date", "order_refusals", ["outlet_id", "business_date"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("clock_changed", sa.Boolean(), nullable=False),
        sa.Column("monotonic_ms", sa.BigInteger(), nullable=True),
        sa.Column("boot_id", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("delivery_date", sa.Date(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("line_count", sa.SmallInteger(), nullable=False),
        sa.Column("total_value", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("fix_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("mock", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("p_inside", sa.Double(), nullable=True),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("business_date", "id", name=op.f("pk_orders")),
        postgresql_partition_by="RANGE (business_date)",
    )
    op.create_index("ix_orders_outlet_id_business_date", "orders", ["outlet_id", "business_date"], unique=False)
    op.create_index("ix_orders_rep_id_business_date", "orders", ["rep_id", "business_date"], unique=False)
    op.create_index("ix_orders_territory_id_business_date", "orders", ["territory_id", "business_date"], unique=False)
    op.create_table(
        "outlet_turnovers",
        sa.Column("outlet_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_id", name=op.f("pk_outlet_turnovers")),
    )
    op.create_table(
        "points_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("policy_version", sa.SmallInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'REVERSAL') = (reverses_id IS NOT NULL)", name=op.f("ck_points_entries_reversal_reverses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entries")),
    )
    op.create_index(
        "ix_points_entries_rep_id_business_date", "points_entries", ["rep_id", "business_date"], unique=False
    )
    op.create_index(
        "uq_points_entries_reverses_id",
        "points_entries",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_index(
        "uq_points_entries_rule_source",
        "points_entries",
        ["source_id", "rule", "source_type"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NULL"),
    )
    op.create_table(
        "points_policies",
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", "rule", name=op.f("pk_points_policies")),
        sa.UniqueConstraint("rule", "valid_from", name=op.f("uq_points_policies_rule_valid_from")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("pack_size", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("assortment_group", sa.Text(), nullable=True),
        sa.Column("price_segment", sa.Text(), nullable=True),
        sa.Column("list_price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "changed_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("code", name=op.f("uq_products_code")),
    )
    op.create_index(op.f("ix_products_changed_in"), "products", ["changed_in"], unique=False)
    op.create_table(
        "risk_signals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_outcome", sa.Text(), nullable=True),
        sa.Column("review_comment", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_signals")),
        sa.UniqueConstraint(
            "rule", "subject_type", "subject_id", name=op.f("uq_risk_signals_rule_subject_type_subject_id")
        ),
    )
    op.create_index("ix_risk_signals_rep_id_business_date", "risk_signals", ["rep_id", "business_date"], unique=False)
    op.create_index(
        "ix_risk_signals_territory_id_raised_at", "risk_signals", ["territory_id", "raised_at", "id"], unique=False
    )
    op.create_table(
        "territories",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("order_cutoff", sa.Time(), nullable=False),
        sa.Column("call_deadline", sa.Time(), nullable=False),
        sa.Column("working_weekdays", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("holidays", sa.ARRAY(sa.Date()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "changed_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territories")),
        sa.UniqueConstraint("code", name=op.f("uq_territories_code")),
    )
    op.create_index(op.f("ix_territories_changed_in"), "territories", ["changed_in"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "verdict_policies",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("inside_at_least", sa.Double(), nullable=False),
        sa.Column("outside_at_most", sa.Double(), nullable=False),
        sa.Column("accuracy_floor_m", sa.Double(), nullable=False),
        sa.Column("max_accuracy_m", sa.Double(), nullable=False),
        sa.Column("max_fix_age_s", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_verdict_policies")),
    )
    op.create_table(
        "visits",
        sa.Column("visit_date", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.SmallInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("excused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("excused_by", sa.Text(), nullable=True),
        sa.Column("excuse_reason", sa.Text(), nullable=True),
        sa.Column("excuse_comment", sa.Text(), nullable=True),
        sa.Column(
            "changed_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.PrimaryKeyConstraint("visit_date", "id", name=op.f("pk_visits")),
        sa.UniqueConstraint("visit_date", "rep_id", "outlet_id", name="uq_visits_visit_date_rep_id_outlet_id"),
        postgresql_partition_by="RANGE (visit_date)",
    )
    op.create_index("ix_visits_outlet_id_visit_date", "visits", ["outlet_id", "visit_date"], unique=False)
    op.create_index("ix_visits_territory_id_visit_date", "visits", ["territory_id", "visit_date"], unique=False)
    op.create_table(
        "call_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("call_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["call_tasks.id"], name=op.f("fk_call_attempts_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_attempts")),
    )
    op.create_index(op.f("ix_call_attempts_task_id"), "call_attempts", ["task_id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.SmallInteger(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("list_price", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.ForeignKeyConstraint(
            ["business_date", "order_id"],
            ["orders.business_date", "orders.id"],
            name=op.f("fk_order_lines_business_date_order_id"),
        ),
        sa.PrimaryKeyConstraint("business_date", "order_id", "line_number", name=op.f("pk_order_lines")),
        postgresql_partition_by="RANGE (business_date)",
    )
    op.create_table(
        "outlets",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("location_version", sa.Integer(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "changed_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_outlets_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlets")),
        sa.UniqueConstraint("code", name=op.f("uq_outlets_code")),
    )
    op.create_index(op.f("ix_outlets_changed_in"), "outlets", ["changed_in"], unique=False)
    op.create_index("ix_outlets_territory_id_changed_in", "outlets", ["territory_id", "changed_in"], unique=False)
    op.create_table(
        "penalty_finalisations",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["points_entries.id"], name=op.f("fk_penalty_finalisations_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_penalty_finalisations")),
    )
    op.create_table(
        "reps",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "changed_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_reps_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reps")),
        sa.UniqueConstraint("code", name=op.f("uq_reps_code")),
    )
    op.create_index(op.f("ix_reps_changed_in"), "reps", ["changed_in"], unique=False)
    op.create_index(op.f("ix_reps_territory_id"), "reps", ["territory_id"], unique=False)
    op.create_table(
        "stock",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "changed_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_product_id")),
        sa.PrimaryKeyConstraint("product_id", "warehouse_code", name=op.f("pk_stock")),
    )
    op.create_index("ix_stock_changed_in", "stock", ["changed_in"], unique=False)
    op.create_table(
        "user_territories",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_user_territories_territory_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_territories_user_id")),
        sa.PrimaryKeyConstraint("user_id", "territory_id", name=op.f("pk_user_territories")),
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("os", sa.Text(), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_devices_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
    )
    op.create_index(op.f("ix_devices_rep_id"), "devices", ["rep_id"], unique=False)
    op.create_table(
        "enrolment_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_enrolment_codes_rep_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_enrolment_codes")),
    )
    op.create_index(op.f("ix_enrolment_codes_rep_id"), "enrolment_codes", ["rep_id"], unique=False)
    op.create_table(
        "location_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_comment", sa.Text(), nullable=True),
        sa.Column("location_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_location_proposals_outlet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_proposals")),
    )
    op.create_index(
        "ix_location_proposals_territory_id_proposed_at",
        "location_proposals",
        ["territory_id", "proposed_at"],
        unique=False,
    )
    op.create_index(
        "uq_location_proposals_open_system",
        "location_proposals",
        ["outlet_id"],
        unique=True,
        postgresql_where=sa.text("decision IS NULL AND rep_id IS NULL"),
    )
    op.create_table(
        "outlet_locations",
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("centre", Geography("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column("fence", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("(radius_m IS NULL) <> (fence IS NULL)", name=op.f("ck_outlet_locations_circle_or_polygon")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_outlet_locations_outlet_id")),
        sa.PrimaryKeyConstraint("outlet_id", "version", name=op.f("pk_outlet_locations")),
    )
    op.create_index("ix_outlet_locations_centre", "outlet_locations", ["centre"], unique=False, postgresql_using="gist")
    op.create_table(
        "outlet_terms",
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_due_time", sa.Time(), nullable=True),
        sa.Column("visits_per_week", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("min_gap_days", sa.SmallInteger(), nullable=True),
        sa.Column("allowed_weekdays", sa.ARRAY(sa.SmallInteger()), nullable=True),
        sa.Column("visiting_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "must_stock", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("min_order_value", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("credit_hold", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_outlet_terms_outlet_id")),
        sa.PrimaryKeyConstraint("outlet_id", "version", name=op.f("pk_outlet_terms")),
    )
    op.create_table(
        "prices",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("outlet_id", sa.Integer(), nullable=True),
        sa.Column("price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "changed_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.CheckConstraint("channel IS NULL OR outlet_id IS NULL", name=op.f("ck_prices_channel_or_outlet")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_prices_outlet_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_prices_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.UniqueConstraint(
            "product_id",
            "channel",
            "outlet_id",
            "valid_from",
            name="uq_prices_product_id_channel_outlet_id_valid_from",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_prices_changed_in", "prices", ["changed_in"], unique=False)
    op.create_index("ix_prices_outlet_id", "prices", ["outlet_id"], unique=False)
    op.create_table(
        "device_sync_states",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("received", postgresql.INT8MULTIRANGE(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("claimed_to", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watermark_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_upload_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_skew_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_sync_states_device_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_device_sync_states_rep_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_sync_states")),
    )
    op.create_index(op.f("ix_device_sync_states_rep_id"), "device_sync_states", ["rep_id"], unique=False)
    op.create_table(
        "refresh_families",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_because", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_refresh_families_device_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_refresh_families_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_families")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_refresh_families_token_hash")),
    )
    op.create_index(op.f("ix_refresh_families_device_id"), "refresh_families", ["device_id"], unique=False)
    op.create_index("ix_refresh_families_expires_at", "refresh_families", ["expires_at"], unique=False)
    op.create_index(op.f("ix_refresh_families_user_id"), "refresh_families", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_refresh_families_user_id"), table_name="refresh_families")
    op.drop_index("ix_refresh_families_expires_at", table_name="refresh_families")
    op.drop_index(op.f("ix_refresh_families_device_id"), table_name="refresh_families")
    op.drop_table("refresh_families")
    op.drop_index(op.f("ix_device_sync_states_rep_id"), table_name="device_sync_states")
    op.drop_table("device_sync_states")
    op.drop_index("ix_prices_outlet_id", table_name="prices")
    op.drop_index("ix_prices_changed_in", table_name="prices")
    op.drop_table("prices")
    op.drop_table("outlet_terms")
    op.drop_index("ix_outlet_locations_centre", table_name="outlet_locations", postgresql_using="gist")
    op.drop_table("outlet_locations")
    op.drop_index(
        "uq_location_proposals_open_system",
        table_name="location_proposals",
        postgresql_where=sa.text("decision IS NULL AND rep_id IS NULL"),
    )
    op.drop_index("ix_location_proposals_territory_id_proposed_at", table_name="location_proposals")
    op.drop_table("location_proposals")
    op.drop_index(op.f("ix_enrolment_codes_rep_id"), table_name="enrolment_codes")
    op.drop_table("enrolment_codes")
    op.drop_index(op.f("ix_devices_rep_id"), table_name="devices")
    op.drop_table("devices")
    op.drop_table("user_territories")
    op.drop_index("ix_stock_changed_in", table_name="stock")
    op.drop_table("stock")
    op.drop_index(op.f("ix_reps_territory_id"), table_name="reps")
    op.drop_index(op.f("ix_reps_changed_in"), table_name="reps")
    op.drop_table("reps")
    op.drop_table("penalty_finalisations")
    op.drop_index("ix_outlets_territory_id_changed_in", table_name="outlets")
    op.drop_index(op.f("ix_outlets_changed_in"), table_name="outlets")
    op.drop_table("outlets")
    op.drop_table("order_lines")
    op.drop_index(op.f("ix_call_attempts_task_id"), table_name="call_attempts")
    op.drop_table("call_attempts")
    op.drop_index("ix_visits_territory_id_visit_date", table_name="visits")
    op.drop_index("ix_visits_outlet_id_visit_date", table_name="visits")
    op.drop_table("visits")
    op.drop_table("verdict_policies")
    op.drop_table("users")
    op.drop_index(op.f("ix_territories_changed_in"), table_name="territories")
    op.drop_table("territories")
    op.drop_index("ix_risk_signals_territory_id_raised_at", table_name="risk_signals")
    op.drop_index("ix_risk_signals_rep_id_business_date", table_name="risk_signals")
    op.drop_table("risk_signals")
    op.drop_index(op.f("ix_products_changed_in"), table_name="products")
    op.drop_table("products")
    op.drop_table("points_policies")
    op.drop_index(
        "uq_points_entries_rule_source", table_name="points_entries", postgresql_where=sa.text("reverses_id IS NULL")
    )
    op.drop_index(
        "uq_points_entries_reverses_id",
        table_name="points_entries",
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.drop_index("ix_points_entries_rep_id_business_date", table_name="points_entries")
    op.drop_table("points_entries")
    op.drop_table("outlet_turnovers")
    op.drop_index("ix_orders_territory_id_business_date", table_name="orders")
    op.drop_index("ix_orders_rep_id_business_date", table_name="orders")
    op.drop_index("ix_orders_outlet_id_business_date", table_name="orders")
    op.drop_table("orders")
    op.drop_index("ix_order_refusals_outlet_id_business_date", table_name="order_refusals")
    op.drop_table("order_refusals")
    op.drop_index("ix_no_order_reports_outlet_id_business_date", table_name="no_order_reports")
    op.drop_table("no_order_reports")
    op.drop_table("no_order_reasons")
    op.drop_index("ix_missing_orders_run_id_visit_id", table_name="missing_orders")
    op.drop_index("ix_missing_orders_outlet_id_business_date", table_name="missing_orders")
    op.drop_table("missing_orders")
    op.drop_table("missing_order_resolutions")
    op.drop_table("login_failures")
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys", postgresql_using="brin")
    op.drop_table("idempotency_keys")
    op.drop_table("events")
    op.drop_index("ix_event_receipts_received_at", table_name="event_receipts", postgresql_using="brin")
    op.drop_table("event_receipts")
    op.drop_table("cutoff_runs")
    op.drop_table("clients")
    op.drop_index("ix_check_ins_territory_id_business_date", table_name="check_ins")
    op.drop_index("ix_check_ins_rep_id_business_date", table_name="check_ins", postgresql_include=["lat", "lon"])
    op.drop_index("ix_check_ins_outlet_id_business_date", table_name="check_ins")
    op.drop_table("check_ins")
    op.drop_index(
        "ix_call_tasks_waiting", table_name="call_tasks", postgresql_where=sa.text("status IN ('open', 'claimed')")
    )
    op.drop_index("ix_call_tasks_territory_id_business_date", table_name="call_tasks")
    op.drop_table("call_tasks")
