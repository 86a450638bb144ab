"""The whole of the ledger: months, facts, caps and limits, pardons, penalties that wait for a review.

Revision: 0036
Revises: 0035
"""

from typing import NamedTuple

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


class FirstPolicy(NamedTuple):
    """What a rule costs or earns where nobody has said otherwise; `limit` is a share."""

    rule: str
    points: int
    limit: str = "NULL"


POLICIES = (
    FirstPolicy("past_due_order", -1),
    FirstPolicy("returns_within_limit", 20, "0.03"),
    FirstPolicy("returns_over_limit", -20, "0.03"),
    FirstPolicy("dumped_order", -10),
)
"""Of the rules that the first migration had no policy of, or under names that no rule has."""


def upgrade() -> None:
    """Existing entries count in the months of their days: no month has been closed so far."""
    change_entries()
    create_pardons_and_holds()
    create_rep_closings()
    index_due_times()
    change_policies()


def change_entries() -> None:
    """`month`: in whose statement an entry counts; a BRIN finds its rows, which lie side by side, for next to nothing.

    Adding up what rules come to may exceed a small integer.
    """
    op.execute("""
        ALTER TABLE points_entries
          ADD COLUMN month date,
          ADD COLUMN facts jsonb,
          ALTER COLUMN points TYPE integer
    """)
    op.execute("UPDATE points_entries SET month = date_trunc('month', business_date)")
    op.execute("ALTER TABLE points_entries ALTER COLUMN month SET NOT NULL")
    op.execute("ALTER TABLE points_entries ALTER COLUMN month SET STATISTICS 0")
    op.execute("ALTER TABLE points_entries ADD CONSTRAINT ck_points_entries_month CHECK (extract(day FROM month) = 1)")
    op.execute("CREATE INDEX ix_points_entries_month ON points_entries USING brin (month) WITH (pages_per_range = 32)")
    op.execute("CREATE INDEX ix_points_entries_rep_id_month ON points_entries (rep_id, month)")
    op.execute("DROP INDEX ix_points_entries_rep_id_business_date")


def create_pardons_and_holds() -> None:
    """What a granted appeal has settled for good (P5), and whose penalties wait for a person's review (P4)."""
    op.execute("""
        CREATE TABLE points_pardons (
            source_id uuid NOT NULL,
            rule text NOT NULL,
            source_type text NOT NULL,
            appeal_id uuid NOT NULL,
            pardoned_at timestamptz NOT NULL,
            CONSTRAINT pk_points_pardons PRIMARY KEY (source_id, rule, source_type)
        )
    """)
    op.execute("""
        CREATE TABLE points_holds (
            source_id uuid NOT NULL,
            source_type text NOT NULL,
            held_at timestamptz NOT NULL,
            CONSTRAINT pk_points_holds PRIMARY KEY (source_id, source_type)
        )
    """)


def create_rep_closings() -> None:
    """Up to which month a rep's statements are written: entries about these months count in the next one (P6)."""
    op.execute("""
        CREATE TABLE rep_closings (
            rep_id integer NOT NULL,
            closed_through date NOT NULL,
            closed_at timestamptz NOT NULL,
            CONSTRAINT pk_rep_closings PRIMARY KEY (rep_id),
            CONSTRAINT ck_rep_closings_month CHECK (extract(day FROM closed_through) = 1)
        )
    """)
    op.execute("CREATE INDEX ix_rep_closings_closed_through ON rep_closings (closed_through)")


def index_due_times() -> None:
    """Few outlets have a due time of their own: a day's closing finds these at once (P2)."""
    op.execute("CREATE INDEX ix_outlet_terms_due ON outlet_terms (outlet_id) WHERE order_due_time IS NOT NULL")


def change_policies() -> None:
    """Caps and limits; of one day the version that was written last holds.

    Where days have been closed already, the new rules hold from tomorrow on: no closed day is judged anew.
    """
    op.execute("""
        ALTER TABLE points_policies
          ADD COLUMN monthly_cap integer,
          ADD COLUMN rate_limit numeric(6, 4),
          ALTER COLUMN points TYPE integer,
          DROP CONSTRAINT uq_points_policies_rule_valid_from,
          ADD CONSTRAINT ck_points_policies_monthly_cap CHECK (monthly_cap > 0),
          ADD CONSTRAINT ck_points_policies_rate_limit CHECK (rate_limit >= 0 AND rate_limit <= 1)
    """)
    op.execute("CREATE INDEX ix_points_policies_rule_valid_from ON points_policies (rule, valid_from, version)")
    for policy in POLICIES:
        op.execute(f"""
            INSERT INTO points_policies (version, rule, points, rate_limit, valid_from, created_at, created_by)
            SELECT 1, '{policy.rule}', {policy.points}, {policy.limit},
              CASE WHEN EXISTS (SELECT FROM cutoff_runs) THEN current_date + 1 ELSE date '2020-01-01' END,
              now(), 'migration'
        """)


def downgrade() -> None:
    """As before; entries of the new rules have no policy then."""
    for policy in POLICIES:
        op.execute(f"DELETE FROM points_policies WHERE rule = '{policy.rule}'")
    op.execute("DROP INDEX ix_points_policies_rule_valid_from")
    op.execute("""
        DELETE FROM points_policies p USING points_policies newer
        WHERE newer.rule = p.rule AND newer.valid_from = p.valid_from AND newer.version > p.version
    """)
    op.execute("""
        ALTER TABLE points_policies
          DROP COLUMN monthly_cap,
          DROP COLUMN rate_limit,
          ALTER COLUMN points TYPE smallint,
          ADD CONSTRAINT uq_points_policies_rule_valid_from UNIQUE (rule, valid_from)
    """)
    op.execute("DROP INDEX ix_outlet_terms_due")
    op.execute("DROP TABLE rep_closings")
    op.execute("DROP TABLE points_holds")
    op.execute("DROP TABLE points_pardons")
    op.execute("CREATE INDEX ix_points_entries_rep_id_business_date ON points_entries (rep_id, business_date)")
    op.execute("DROP INDEX ix_points_entries_rep_id_month")
    op.execute("DROP INDEX ix_points_entries_month")
    op.execute("""
        ALTER TABLE points_entries
          DROP CONSTRAINT ck_points_entries_month,
          DROP COLUMN month,
          DROP COLUMN facts,
          ALTER COLUMN points TYPE smallint
    """)
