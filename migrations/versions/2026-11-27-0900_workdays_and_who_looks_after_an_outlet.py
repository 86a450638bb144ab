"""What plans are made from: workdays, how long a visit takes, and which rep looks after an outlet.

Revision: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outlet_terms", sa.Column("service_minutes", sa.SmallInteger(), nullable=True))
    op.add_column("channel_terms", sa.Column("service_minutes", sa.SmallInteger(), nullable=True))
    op.add_column("outlets", sa.Column("rep_id", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_outlets_rep_id"), "outlets", "reps", ["rep_id"], ["id"])
    op.create_index(op.f("ix_outlets_rep_id"), "outlets", ["rep_id"])
    op.create_table(
        "workdays",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("rep_id", sa.Integer(), nullable=True),
        sa.Column("begins", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("lunch_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("lunch_earliest", sa.Time(), nullable=True),
        sa.Column("lunch_latest", sa.Time(), nullable=True),
        sa.Column("start_open", sa.Boolean(), nullable=True),
        sa.Column("start_lat", sa.Float(), nullable=True),
        sa.Column("start_lon", sa.Float(), nullable=True),
        sa.Column("end_open", sa.Boolean(), nullable=True),
        sa.Column("end_lat", sa.Float(), nullable=True),
        sa.Column("end_lon", sa.Float(), nullable=True),
        sa.Column("service_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("area_type", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.CheckConstraint("(territory_id IS NULL) <> (rep_id IS NULL)", name=op.f("ck_workdays_of_one")),
        sa.ForeignKeyConstraint(["rep_id"], ["reps.id"], name=op.f("fk_workdays_rep_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_workdays_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workdays")),
        sa.UniqueConstraint("rep_id", name=op.f("uq_workdays_rep_id")),
        sa.UniqueConstraint("territory_id", name=op.f("uq_workdays_territory_id")),
    )


def downgrade() -> None:
    op.drop_table("workdays")
    op.drop_column("outlets", "rep_id")
    op.drop_column("channel_terms", "service_minutes")
    op.drop_column("outlet_terms", "service_minutes")
