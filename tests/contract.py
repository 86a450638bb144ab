"""The contract as it is committed: `test_openapi` holds that it is what the code says, and making it takes seconds."""

import json
from functools import cache
from pathlib import Path
from typing import Any

OPENAPI = Path(__file__).parents[1] / "openapi" / "openapi.json"


@cache
def contract() -> dict[str, Any]:
    """The OpenAPI document."""
    document: dict[str, Any] = json.loads(OPENAPI.read_text("utf-8"))
    return document
