"""Week plans with their versions, requests for changes, and what a plan no longer has.

Revision: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CURRENT_XACT = sa.text("pg_current_xact_id()::text::bigint")


def upgrade() -> None:
    op.add_column("visits", sa.Column("expected_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "visit_removals",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.BigInteger(), server_default=CURRENT_XACT, nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit_removals")),
    )
    op.create_index("ix_visit_removals_rep_id_removed_in", "visit_removals", ["rep_id", "removed_in"])
    op.create_table(
        "week_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("week_date", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("changed_in", sa.BigInteger(), server_default=CURRENT_XACT, nullable=False),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_week_plans_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_week_plans")),
        sa.UniqueConstraint("rep_id", "week_date", name=op.f("uq_week_plans_rep_id_week_date")),
    )
    op.create_index("ix_week_plans_territory_id_week_date", "week_plans", ["territory_id", "week_date"])
    op.create_table(
        "week_plan_versions",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["week_plans.id"], name=op.f("fk_week_plan_versions_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "version", name=op.f("pk_week_plan_versions")),
    )
    op.create_table(
        "plan_change_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decision_comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["week_plans.id"], name=op.f("fk_plan_change_requests_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_change_requests")),
    )
    op.create_index(
        "ix_plan_change_requests_open",
        "plan_change_requests",
        ["territory_id", "requested_at"],
        postgresql_where=sa.text("decision IS NULL"),
    )
    op.create_index("ix_plan_change_requests_plan_id", "plan_change_requests", ["plan_id"])
    op.create_table(
        "plan_reminders",
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("week_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_plan_reminders_territory_id")),
        sa.PrimaryKeyConstraint("territory_id", "week_date", "kind", name=op.f("pk_plan_reminders")),
    )


def downgrade() -> None:
    for table in ("plan_reminders", "plan_change_requests", "week_plan_versions", "week_plans", "visit_removals"):
        op.drop_table(table)
    op.drop_column("visits", "expected_at")
