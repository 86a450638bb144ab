"""Grants the service's role what `stored_tables` says, and takes away whatever else it may do (decision 45)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from app.ground.db.statements import records_of
from app.ground.db.stored_tables import SERVICE_FUNCTIONS, STORED_TABLES, ServiceRights

# A whole table's rights are in its own list, those of single columns in each column's.
_STANDING = text("""
    WITH own AS (
        SELECT oid, relname, relkind, relacl FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')
          AND NOT EXISTS (SELECT FROM pg_depend d
            WHERE d.objid = pg_class.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
    )
    SELECT relname AS relation, privilege_type AS privilege, '' AS "column", relkind = 'S' AS is_sequence
    FROM own, aclexplode(relacl) WHERE grantee = to_regrole(:role)
    UNION ALL
    SELECT relname, privilege_type, attname, false
    FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped, aclexplode(attacl)
    WHERE grantee = to_regrole(:role)
""")

# Of sequences those of a column that is `serial`: an identity needs no right.
_RELATIONS = text("""
    SELECT relname, relkind = 'S' AS is_sequence FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND NOT relispartition
      AND (relkind IN ('r', 'p') OR relkind = 'S' AND EXISTS (SELECT FROM pg_depend d
        WHERE d.objid = pg_class.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'a'))
""")

_FUNCTIONS = text("""
    SELECT oid::regprocedure::text AS signature, proname,
        EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0) AS open_to_all,
        EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = to_regrole(:role)) AS granted
    FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prosecdef
      AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.objid = pg_proc.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
""")


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """A privilege on a relation, or on one column of it ("": on all of them)."""

    relation: str
    privilege: str
    column: str = ""
    is_sequence: bool = False


def rights_on(table: str, rights: ServiceRights) -> set[Right]:
    """What the service's role is to be granted on a table."""
    columns = rights.update if isinstance(rights.update, tuple) else ("",) * rights.update
    granted = {Right(table, "SELECT")} | {Right(table, "UPDATE", column) for column in columns}
    if rights.insert:
        granted.add(Right(table, "INSERT"))
    if rights.delete:
        granted.add(Right(table, "DELETE"))
    return granted


def grant(connection: Connection, role: str) -> None:
    """Bring what `role` may do to what is said, in the running transaction. Does nothing where it is so already.

    A table that is not listed is granted nothing. Raises DBAPIError where `role` does not exist.
    """
    intended: set[Right] = set()
    for name, is_sequence in connection.execute(_RELATIONS):
        if is_sequence:
            intended.add(Right(name, "USAGE", is_sequence=True))
        elif name in STORED_TABLES:
            intended |= rights_on(name, STORED_TABLES[name].rights)
    standing = set(records_of(Right, connection.execute(_STANDING, {"role": role})))
    quote = connection.dialect.identifier_preparer.quote_identifier
    grantee = quote(role)
    statements = [f"REVOKE {what} FROM {grantee}" for what in _in_sql(standing - intended, quote)]
    statements += [f"GRANT {what} TO {grantee}" for what in _in_sql(intended - standing, quote)]
    for row in connection.execute(_FUNCTIONS, {"role": role}):
        if row.open_to_all:
            statements.append(f"REVOKE EXECUTE ON FUNCTION {row.signature} FROM PUBLIC")
        if row.proname in SERVICE_FUNCTIONS and not row.granted:
            statements.append(f"GRANT EXECUTE ON FUNCTION {row.signature} TO {grantee}")
    for statement in statements:
        connection.exec_driver_sql(statement)


def _in_sql(rights: Iterable[Right], quote: Callable[[str], str]) -> Iterator[str]:
    for right in sorted(rights):
        what = f"{right.privilege} ({quote(right.column)})" if right.column else right.privilege
        yield f"{what} ON {'SEQUENCE ' if right.is_sequence else ''}{quote(right.relation)}"
