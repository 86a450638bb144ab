"""Answers to imports."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.problems import Problem
from app.ground.web.upserts import UpsertStatus

_RESULT: dict[str, Any] = {"line": 2, "code": "PAT-0042", "status": "created", "problem": None}


class ImportKind(StrEnum):
    """What a file brings."""

    TERRITORIES = "territories"
    REPS = "reps"
    OUTLETS = "outlets"
    PRODUCTS = "products"
    PRICES = "prices"
    STOCK = "stock"
    VISITS = "visits"
    ASSORTMENT_TARGETS = "assortment_targets"


class ImportRowAnswer(BaseModel):
    """What became of one row of the file."""

    line: int = Field(description="the row's line in the file, the first is 1")
    code: str | None = Field(description="the code of what the row brings, where it could be read")
    status: UpsertStatus
    problem: Problem | None = Field(description="why it was rejected")


class ImportAnswer(BaseModel):
    """What became of a file: an answer for every row, in the file's order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"accepted": 1, "rejected": 0, "results": [_RESULT]}]})

    accepted: int
    rejected: int
    results: list[ImportRowAnswer]
