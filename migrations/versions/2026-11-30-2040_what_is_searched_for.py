"""Outlets, products and reps by the beginnings of words, deliveries by their number.

Revision: 0049
Revises: 0048
"""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

FUNCTIONS = (
    # no extension, and no locale: the same in every database
    """
    CREATE FUNCTION search_words(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_remove(regexp_split_to_array(
        CASE WHEN octet_length(words) = length(words) THEN lower(words COLLATE "C") ELSE translate(
            lower(regexp_replace(normalize(words, NFKD), U&'[\\0300-\\036F]', '', 'g') COLLATE "C"),
            'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЄІЅЈЉЊЋЏҐЂÆØŁĐŒ',
            'αβγδεζηθικλμνξοπρστυφχψωσабвгдежзиклмнопрстуфхцчшщъыьэюяєіѕјљњћџґђæøłđœ'
        ) END,
        '[[:space:][:punct:]«»“”„‘’‚·–—°]+'
    ), '')
    """,
    """
    CREATE FUNCTION search_vector(words text[], number text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    COST 500
    BEGIN ATOMIC
        SELECT array_to_tsvector(coalesce(array_agg(DISTINCT left(term, 60)), '{}'))
        FROM (
            SELECT unnest(search_words(array_to_string(array_append(words, number), ' '))) AS term
            UNION ALL
            SELECT '#' || right(digits, length)
            FROM (SELECT left(regexp_replace(number, '[^0-9]', '', 'g'), 20) AS digits) AS given,
                generate_series(4, length(digits)) AS length
        ) AS terms;
    END
    """,
    """
    CREATE FUNCTION search_query(words text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT CAST(string_agg(
            CASE WHEN term ~ '^[0-9]{4,20}$' THEN format('(%L:* | %L:*)', term, '#' || term)
                ELSE format('%L:*', left(term, 60)) END, ' & '
        ) AS tsquery)
        FROM unnest(search_words(words)) AS term;
    END
    """,
)
SEARCHED = {
    "outlets": "search_vector(ARRAY[code, name, address], phone)",
    "products": "search_vector(ARRAY[code, name], gtin)",
    "reps": "search_vector(ARRAY[code, name], NULL::text)",
}


def upgrade() -> None:
    """A word is searched for by its beginning, a number by any part of it that is four digits or longer."""
    for function in FUNCTIONS:
        op.execute(function)
    for table, vector in SEARCHED.items():
        op.execute(f"CREATE INDEX ix_{table}_search ON {table} USING gin (({vector}))")
    op.execute("CREATE INDEX ix_deliveries_number ON deliveries (number)")


def downgrade() -> None:
    """Without the indexes: nothing is lost."""
    op.execute("DROP INDEX ix_deliveries_number")
    for table in SEARCHED:
        op.execute(f"DROP INDEX ix_{table}_search")
    op.execute("DROP FUNCTION search_query(text)")
    op.execute("DROP FUNCTION search_vector(text[], text)")
    op.execute("DROP FUNCTION search_words(text)")
