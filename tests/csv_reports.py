"""Reports as whoever takes them as CSV reads them."""

import csv
import io
from typing import Any

import httpx

CSV = {"Accept": "text/csv"}


async def report_rows(api: httpx.AsyncClient, path: str, headers: dict[str, str], **query: str) -> list[dict[str, Any]]:
    """The rows of a report by the names of their columns."""
    answer = await api.get(path, params=query or None, headers=headers | CSV)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
