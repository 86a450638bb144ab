"""How much of a file is read as an order form."""

from app.ground.sheets.cells import MIB, SheetLimits

FORM_LIMITS = SheetLimits(
    file_bytes=4 * MIB,
    unpacked_bytes=24 * MIB,
    filled_rows=10_000,
    last_row=10_000,
    columns=100,
    cells=100_000,
    longest_text=4_000,
)
"""A person can oversee so much of a sheet: anything beyond is a slip, or an attempt to use up memory.

A text of 4,000 characters is more than any field of the form takes, so that an overlong text still shows as one.
"""
