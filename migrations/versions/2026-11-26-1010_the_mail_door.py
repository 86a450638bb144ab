"""The mail door: addresses that forms are taken from, and what was made of each mail.

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MASTERS = ("outlets", "reps")


def upgrade() -> None:
    for master in MASTERS:
        op.add_column(
            master, sa.Column("emails", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
        )
        op.create_index(f"ix_{master}_emails", master, ["emails"], postgresql_using="gin")
    op.create_table(
        "inbox_messages",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("territory_ids", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_inbox_messages")),
        sa.UniqueConstraint("id", name=op.f("uq_inbox_messages_id")),
    )
    op.create_index("ix_inbox_messages_received_at", "inbox_messages", ["received_at", "id"])
    op.create_index("ix_inbox_messages_territory_ids", "inbox_messages", ["territory_ids"], postgresql_using="gin")
    op.create_table(
        "inbox_forms",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=True),
        sa.Column("outlet_code", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["inbox_messages.id"], name=op.f("fk_inbox_forms_message_id")),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_inbox_forms")),
    )
    op.create_index(
        "ix_inbox_forms_digest", "inbox_forms", ["digest"], postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.create_table(
        "inbox_answers",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["inbox_messages.id"], name=op.f("fk_inbox_answers_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_inbox_answers")),
    )
    op.create_index(
        "ix_inbox_answers_due_at", "inbox_answers", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index("ix_inbox_answers_recipient", "inbox_answers", ["recipient", "queued_at"])


def downgrade() -> None:
    op.drop_table("inbox_answers")
    op.drop_table("inbox_forms")
    op.drop_table("inbox_messages")
    for master in MASTERS:
        op.drop_index(f"ix_{master}_emails", table_name=master, postgresql_using="gin")
        op.drop_column(master, "emails")
