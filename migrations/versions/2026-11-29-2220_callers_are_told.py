"""Changes of callers' rights are told to the workers, and handhelds without a key have none.

Revision: 0025
Revises: 0024

Whatever changes a caller's rights is told on the channel `callers` when it is committed, whoever writes it: a trigger
for each table that they are read from (`app/masters/identity/authenticator.py`, decision 51).

A handheld that enrolled without a key had JSON's null for one. Two of them looked like one phone to `shared_device`,
which doubted their reps: those doubts are withdrawn. Going down takes back neither, since both were never so.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TELL = """
CREATE FUNCTION tell_caller_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(
        'callers', TG_ARGV[0] || ':' || (CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END ->> TG_ARGV[1])
    );
    RETURN NULL;
END $$
"""  # noqa: E501

TRIGGERS = {
    "users": "UPDATE OF username, role, active OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION {tell}('user', 'id')",
    "user_territories": (
        "INSERT OR UPDATE OR DELETE ON user_territories FOR EACH ROW EXECUTE FUNCTION {tell}('user', 'user_id')"
    ),
    "clients": (
        "UPDATE OF name, scopes, active OR DELETE ON clients FOR EACH ROW EXECUTE FUNCTION {tell}('client', 'id')"
    ),
    "devices": "UPDATE OF rep_id, revoked_at OR DELETE ON devices FOR EACH ROW EXECUTE FUNCTION {tell}('device', 'id')",
    # an import sets every column of a rep: one that stays where it was is not told of
    "reps": (
        "UPDATE ON reps FOR EACH ROW"
        " WHEN ((OLD.code, OLD.territory_id, OLD.active) IS DISTINCT FROM (NEW.code, NEW.territory_id, NEW.active))"
        " EXECUTE FUNCTION {tell}('rep', 'id')"
    ),
    "refresh_families": "UPDATE OF revoked_at ON refresh_families FOR EACH ROW EXECUTE FUNCTION {tell}('login', 'id')",
}
"""What changes a caller's rights, by table: whose they are is told as the kind of name and what a column holds."""

NO_KEY = "md5('null')"


def upgrade() -> None:
    op.execute(TELL)
    for table, told in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {table}_told AFTER {told.format(tell='tell_caller_changed')}")
    op.execute("UPDATE devices SET public_jwk = NULL WHERE public_jwk = 'null'")
    op.execute(f"""
        UPDATE risk_signals SET withdrawn_at = now()
        WHERE rule = 'shared_device' AND withdrawn_at IS NULL
            AND jsonb_array_length(evidence -> 'phones') > 0
            AND NOT EXISTS (
                SELECT FROM jsonb_array_elements(evidence -> 'phones') AS phone
                WHERE phone ->> 'by' <> 'key' OR phone ->> 'phone' <> {NO_KEY}
            )
    """)


def downgrade() -> None:
    for table in TRIGGERS:
        op.execute(f"DROP TRIGGER {table}_told ON {table}")
    op.execute("DROP FUNCTION tell_caller_changed")
