"""Attachments, and appeals against entries of the ledger (P5).

Revision: 0038
Revises: 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

ATTACHMENTS = """
CREATE TABLE attachments (
    id uuid NOT NULL,
    rep_id integer NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size_bytes integer NOT NULL,
    sha256 bytea NOT NULL,
    sent_at timestamptz NOT NULL,
    sent_by text NOT NULL,
    in_database boolean NOT NULL,
    stored_at timestamptz,
    attached_to text,
    record_id uuid,
    kept_until timestamptz NOT NULL,
    doomed boolean NOT NULL,
    CONSTRAINT pk_attachments PRIMARY KEY (id),
    CONSTRAINT ck_attachments_attached CHECK ((attached_to IS NULL) = (record_id IS NULL))
)
"""

CONTENTS = """
CREATE TABLE attachment_contents (
    attachment_id uuid NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_attachment_contents PRIMARY KEY (attachment_id),
    CONSTRAINT fk_attachment_contents_attachment_id_attachments FOREIGN KEY (attachment_id)
        REFERENCES attachments (id) ON DELETE CASCADE
)
"""

APPEALS = """
CREATE TABLE appeals (
    id uuid NOT NULL,
    entry_id bigint NOT NULL,
    rep_id integer NOT NULL,
    status text NOT NULL,
    instance smallint NOT NULL,
    submitted_at timestamptz NOT NULL,
    waiting_since timestamptz NOT NULL,
    decided_at timestamptz,
    told_at timestamptz,
    CONSTRAINT pk_appeals PRIMARY KEY (id),
    CONSTRAINT uq_appeals_entry_id UNIQUE (entry_id),
    CONSTRAINT ck_appeals_status CHECK (status IN ('open', 'granted', 'rejected')),
    CONSTRAINT ck_appeals_decided CHECK ((status = 'open') = (decided_at IS NULL))
)
"""

STEPS = """
CREATE TABLE appeal_steps (
    appeal_id uuid NOT NULL,
    number smallint NOT NULL,
    kind text NOT NULL,
    instance smallint NOT NULL,
    text text NOT NULL,
    taken_at timestamptz NOT NULL,
    taken_by text NOT NULL,
    CONSTRAINT pk_appeal_steps PRIMARY KEY (appeal_id, number),
    CONSTRAINT fk_appeal_steps_appeal_id_appeals FOREIGN KEY (appeal_id) REFERENCES appeals (id)
)
"""


def upgrade() -> None:
    """An image or a PDF is packed already: trying to compress it costs time and gains nothing."""
    op.execute(ATTACHMENTS)
    op.execute("CREATE INDEX ix_attachments_kept_until ON attachments (kept_until)")
    op.execute("CREATE INDEX ix_attachments_record_id ON attachments (record_id)")
    op.execute("CREATE INDEX ix_attachments_rep_id ON attachments (rep_id)")
    op.execute(CONTENTS)
    op.execute("ALTER TABLE attachment_contents ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute(APPEALS)
    op.execute("CREATE INDEX ix_appeals_submitted_at_id ON appeals (submitted_at, id)")
    op.execute("CREATE INDEX ix_appeals_rep_id ON appeals (rep_id)")
    op.execute("CREATE INDEX ix_appeals_waiting_since ON appeals (waiting_since) WHERE status = 'open'")
    op.execute(STEPS)


def downgrade() -> None:
    """As before: appeals and attachments are gone; files in a directory or a bucket stay where they are."""
    op.execute("DROP TABLE appeal_steps, appeals, attachment_contents, attachments")
