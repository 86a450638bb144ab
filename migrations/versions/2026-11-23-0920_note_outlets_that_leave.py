"""Note the outlets that leave a territory, whichever way they are moved, so that handhelds forget them.

Revision: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOTE_DEPARTURE = """
CREATE FUNCTION note_outlet_departure() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outlet_departures (territory_id, outlet_code) VALUES (OLD.territory_id, OLD.code);
    RETURN NULL;
END $$
"""

ON_MOVE = """
CREATE TRIGGER outlets_departure AFTER UPDATE OF territory_id ON outlets
FOR EACH ROW WHEN (OLD.territory_id IS DISTINCT FROM NEW.territory_id) EXECUTE FUNCTION note_outlet_departure()
"""


def upgrade() -> None:
    op.create_table(
        "outlet_departures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("outlet_code", sa.Text(), nullable=False),
        sa.Column(
            "left_in", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet_departures")),
    )
    op.create_index("ix_outlet_departures_territory_id_left_in", "outlet_departures", ["territory_id", "left_in"])
    op.execute(NOTE_DEPARTURE)
    op.execute(ON_MOVE)


def downgrade() -> None:
    op.execute("DROP TRIGGER outlets_departure ON outlets")
    op.execute("DROP FUNCTION note_outlet_departure")
    op.drop_table("outlet_departures")
