"""Location proposals, in and out (V4)."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.fields import Comment, Latitude, Longitude
from app.masters.outlets.schemas import Radius


class LocationProposalStatus(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


class LocationDecision(StrEnum):
    """What a supervisor says to a proposal."""

    APPROVED = "approved"
    REJECTED = "rejected"


class LocationProposalBody(BaseModel):
    """A rep's wish: the outlet is really here."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193a6e2-f0c1-7d0c-9a55-3a4f6f0b2c11",
                    "lat": 38.2470,
                    "lon": 21.7351,
                    "radius_m": 60.0,
                    "comment": "The shop has moved across the street.",
                }
            ]
        }
    )

    id: UUID = Field(description="made by the client; the same proposal again is answered like the first time")
    lat: Latitude
    lon: Longitude
    radius_m: Radius | None = Field(default=None, description="left out: the radius of the present circle, or 80 m")
    comment: Comment = ""


class LocationDecisionBody(BaseModel):
    """A supervisor's word on a proposal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decision": "approved", "comment": "Seen on site."}]})

    decision: LocationDecision
    comment: Comment = ""


class LocationProposalAnswer(BaseModel):
    """A location proposal. `rep_code` is null where the system made it from check-ins: `evidence` lists them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193a6e2-f0c1-7d0c-9a55-3a4f6f0b2c11",
                    "outlet_code": "PAT-0042",
                    "territory_code": "PAT",
                    "rep_code": None,
                    "lat": 38.2470,
                    "lon": 21.7351,
                    "radius_m": 80.0,
                    "evidence": {
                        "location_version": 1,
                        "distance_m": 182.4,
                        "spread_m": 9.1,
                        "reps": 1,
                        "days": 3,
                        "check_ins": ["0193a6e2-f0c1-7d0c-9a55-3a4f6f0b2c11"],
                    },
                    "comment": "",
                    "proposed_at": "2026-11-23T10:00:00Z",
                    "status": "open",
                    "decided_by": None,
                    "decided_at": None,
                    "decision_comment": None,
                    "location_version": None,
                }
            ]
        }
    )

    id: UUID
    outlet_code: str
    territory_code: str
    rep_code: str | None
    lat: float
    lon: float
    radius_m: float
    evidence: dict[str, Any]
    comment: str
    proposed_at: datetime
    status: LocationProposalStatus
    decided_by: str | None
    decided_at: datetime | None
    decision_comment: str | None
    location_version: int | None = Field(description="the location version that its approval made")
