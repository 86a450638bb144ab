"""The roles of a database: who owns the tables, and who serves from them (decision 45).

`PREPARE` makes both roles and the database of a private cluster. `HAND_OVER` is run by an administrator in the database
itself, again and again: what is right already stays. It gives the database and what the service's role or the
administrator made in it to the owner. What others made stays theirs. What the service's role may do with each table is
granted by `fieldproof migrate`; until then it may do with rows what it could, for a service that is to be upgraded goes
on meanwhile.
"""

DATABASE = "fieldproof"
OWNER_ROLE = "fieldproof_owner"
SERVICE_ROLE = "fieldproof"

HAND_OVER = """
DO $hand_over$
DECLARE
    owner_role name := current_setting('fieldproof.owner_role');
    service_role name := current_setting('fieldproof.service_role');
    thing record;
    handed_over boolean := false;
BEGIN
    IF (SELECT datdba <> owner_role::regrole FROM pg_database WHERE datname = current_database()) THEN
        EXECUTE format('ALTER DATABASE %I OWNER TO %I', current_database(), owner_role);
    END IF;
    IF NOT has_database_privilege(service_role, current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), service_role);
    END IF;
    -- a day's closing keeps its missing visits in a temporary table
    IF NOT has_database_privilege(service_role, current_database(), 'TEMPORARY') THEN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), service_role);
    END IF;
    IF NOT has_schema_privilege(service_role, 'public', 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', service_role);
    END IF;
    IF has_schema_privilege(service_role, 'public', 'CREATE') THEN
        EXECUTE format('REVOKE CREATE ON SCHEMA public FROM PUBLIC, %I', service_role);
    END IF;
    FOR thing IN
        SELECT format('ALTER %s %s OWNER TO %I', kind, name, owner_role) AS change
        FROM (
            SELECT oid, 'pg_class'::regclass AS catalogue, relowner AS owner, oid::regclass::text AS name,
                CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind
            FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v')
              -- a table takes along its own sequences
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.classid = 'pg_class'::regclass
                AND relkind = 'S' AND d.deptype IN ('a', 'i'))
            UNION ALL
            SELECT oid, 'pg_proc'::regclass, proowner, oid::regprocedure::text, 'FUNCTION'
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
        ) AS things
        WHERE owner IN (service_role::regrole, current_user::regrole)
          AND NOT EXISTS (SELECT FROM pg_depend d
            WHERE d.objid = things.oid AND d.classid = things.catalogue AND d.deptype = 'e')
    LOOP
        EXECUTE thing.change;
        handed_over := true;
    END LOOP;
    IF handed_over THEN
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', service_role);
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', service_role);
    END IF;
END $hand_over$;
"""

# PostGIS goes into template1 too: copying it is quicker than making it anew
PREPARE = f"""
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{SERVICE_ROLE}') AS no_service,
       NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER_ROLE}') AS no_owner,
       NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') AS no_database \\gset
\\if :no_service
  CREATE ROLE {SERVICE_ROLE} LOGIN IN ROLE pg_monitor;
\\endif
\\if :no_owner
  CREATE ROLE {OWNER_ROLE} LOGIN IN ROLE pg_monitor;
  ALTER ROLE {SERVICE_ROLE} NOCREATEDB;
\\endif
\\if :no_database
  \\connect template1
  CREATE EXTENSION IF NOT EXISTS postgis;
  \\connect postgres
  CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE};
\\endif
\\connect {DATABASE}
CREATE EXTENSION IF NOT EXISTS postgis;
SET fieldproof.owner_role = '{OWNER_ROLE}';
SET fieldproof.service_role = '{SERVICE_ROLE}';
{HAND_OVER}
"""  # noqa: S608 # constants
