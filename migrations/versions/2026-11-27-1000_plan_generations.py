"""Plans of a week that are made for many reps, one after the other.

Revision: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_generations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("week_date", sa.Date(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("territory_ids", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_generations")),
    )
    op.create_index("ix_plan_generations_requested_at", "plan_generations", ["requested_at"])
    op.create_index(
        "ix_plan_generations_unfinished",
        "plan_generations",
        ["requested_at"],
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "plan_generation_reps",
        sa.Column("generation_id", sa.Uuid(), nullable=False),
        sa.Column("rep_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("visits", sa.Integer(), nullable=True),
        sa.Column("unplanned", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["generation_id"], ["plan_generations.id"], name=op.f("fk_plan_generation_reps_generation_id")
        ),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_plan_generation_reps_rep_id")),
        sa.PrimaryKeyConstraint("generation_id", "rep_id", name=op.f("pk_plan_generation_reps")),
    )
    op.create_index(
        "ix_plan_generation_reps_waiting",
        "plan_generation_reps",
        ["generation_id", "rep_id"],
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    for table in ("plan_generation_reps", "plan_generations"):
        op.drop_table(table)
