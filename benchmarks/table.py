"""The table of a benchmark's figures: printed, and kept in the README."""

import os
import platform
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row

README = Path(__file__).with_name("README.md")
MARK = "<!-- figures -->"


def machine() -> str:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    described = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in described if line.startswith("model name")), "unknown")
    software = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {software}"


def show(rows: list[Row]) -> None:
    """Print the table."""
    table = Table("measured", "Fieldproof", "limit in the same run", "ratio", "asked", title=machine())
    for row in rows:
        table.add_row(
            row.what, row.measured, row.limit, f"{row.ratio:.2f}", row.bound + ("" if row.reached else "  MISSED")
        )
    Console(width=140).print(table)


def write(rows: list[Row]) -> None:
    """Keep the table in the README, between its marks."""
    before, _, rest = README.read_text().partition(MARK)
    after = rest.partition(MARK)[2]
    lines = ["| measured | Fieldproof | limit in the same run | ratio | asked |", "|---|---|---|---|---|"]
    for row in rows:
        asked = row.bound if row.reached else f"{row.bound} (missed)"
        lines.append(f"| {row.what} | {row.measured} | {row.limit} | {row.ratio:.2f} | {asked} |")
    README.write_text(f"{before}{MARK}\n\nMachine: {machine()}.\n\n" + "\n".join(lines) + f"\n\n{MARK}{after}")
