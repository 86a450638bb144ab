"""Changes to approved plans, as they come in."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.web.fields import Code, Comment, Day


class ChangeBody(BaseModel):
    """A visit to go to another day of the week, to another rep, or out of the plan (neither is said).

    Without an outlet it is every visit of the day: a day of leave goes to another rep.
    """

    outlet_code: Code | None = None
    from_date: Day
    to_date: Day | None = None
    to_rep_code: Code | None = None


_CHANGES: dict[str, Any] = {
    "changes": [{"outlet_code": "PAT-0042", "from_date": "2026-12-01", "to_date": "2026-12-02", "to_rep_code": None}],
    "reason_code": "outlet_closed",
    "comment": "Stock-taking on Tuesday.",
}


class ChangesBody(BaseModel):
    """Changes to an approved plan, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANGES]})

    changes: Annotated[list[ChangeBody], Field(min_length=1, max_length=500)]
    reason_code: Annotated[Code, Field(description="the company's own code for the reason", examples=["rep_ill"])]
    comment: Comment = ""
