"""Months that are closed, and the statements of reps.

Revision: 0040
Revises: 0039
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is closed by itself, and a point has no value, until an admin says so."""
    op.execute("""
        CREATE TABLE statement_policies (
            version smallint NOT NULL,
            valid_from date NOT NULL,
            closing_day smallint,
            point_value numeric(14, 4),
            currency text,
            created_at timestamptz NOT NULL,
            created_by text NOT NULL,
            CONSTRAINT pk_statement_policies PRIMARY KEY (version),
            CONSTRAINT ck_statement_policies_closing_day CHECK (closing_day BETWEEN 1 AND 28),
            CONSTRAINT ck_statement_policies_currency CHECK ((point_value IS NULL) = (currency IS NULL))
        )
    """)
    op.execute("""
        CREATE TABLE month_closings (
            id uuid NOT NULL,
            territory_id integer NOT NULL,
            month date NOT NULL,
            begun_at timestamptz NOT NULL,
            begun_by text NOT NULL,
            closed_at timestamptz,
            statements integer,
            reopened_at timestamptz,
            reopened_by text,
            reopen_reason text,
            CONSTRAINT pk_month_closings PRIMARY KEY (id),
            CONSTRAINT ck_month_closings_month CHECK (extract(day FROM month) = 1),
            CONSTRAINT ck_month_closings_reopened
                CHECK (num_nonnulls(reopened_at, reopened_by, reopen_reason) IN (0, 3))
        )
    """)
    op.execute(
        "CREATE UNIQUE INDEX uq_month_closings_territory_id_month "
        "ON month_closings (territory_id, month) WHERE reopened_at IS NULL"
    )
    op.execute("""
        CREATE TABLE closed_reps (
            closing_id uuid NOT NULL,
            rep_id integer NOT NULL,
            CONSTRAINT pk_closed_reps PRIMARY KEY (closing_id, rep_id),
            CONSTRAINT fk_closed_reps_closing_id FOREIGN KEY (closing_id) REFERENCES month_closings (id)
        )
    """)
    op.execute("""
        CREATE TABLE rep_statements (
            closing_id uuid NOT NULL,
            rep_id integer NOT NULL,
            number text NOT NULL,
            month date NOT NULL,
            territory_id integer NOT NULL,
            opening bigint NOT NULL,
            closing bigint NOT NULL,
            lines jsonb NOT NULL,
            open_appeals integer NOT NULL,
            point_value numeric(14, 4),
            currency text,
            issued_at timestamptz NOT NULL,
            CONSTRAINT pk_rep_statements PRIMARY KEY (closing_id, rep_id),
            CONSTRAINT uq_rep_statements_number UNIQUE (number),
            CONSTRAINT fk_rep_statements_closing_id FOREIGN KEY (closing_id) REFERENCES month_closings (id)
        )
    """)
    op.execute("CREATE INDEX ix_rep_statements_rep_id_month ON rep_statements (rep_id, month)")


def downgrade() -> None:
    """As before."""
    for table in ("rep_statements", "closed_reps", "month_closings", "statement_policies"):
        op.execute(f"DROP TABLE {table}")
