"""Rows that one domain names and another one writes: a query goes over, not a row, however many there are.

Why: decision 38.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select


@dataclass(frozen=True, slots=True)
class Relation:
    """A query, and the values of its parameters.

    The query is a constant of its module: whoever builds a statement around it builds that once.
    """

    rows: Select[*tuple[Any, ...]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
