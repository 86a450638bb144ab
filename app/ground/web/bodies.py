"""Bodies of masters: what they do not say stays as it is, `null` and `""` take away (decision 40).

A member that is left out is not in `said`. `null` is none, and where a record cannot be without a value, what a new
record has; `""` says the same, for whoever cannot write null. A yes or no is neither: it is true, false or left out.
What an ERP tells of deliveries and returns is read alike.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, model_validator

from app.ground.errors import FieldProblem


class MasterBody(BaseModel):
    """A record as it is put, or a part of one."""

    @model_validator(mode="before")
    @classmethod
    def _none_is_none(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or not any(value is None or value == "" for value in data.values()):
            return data
        taken_away = _taken_away(cls)
        return {
            name: taken_away[name] if (value is None or value == "") and name in taken_away else value
            for name, value in data.items()
        }


@cache
def _taken_away(model: type[BaseModel]) -> dict[str, Any]:
    """What a member becomes that is taken away; none for what every record has, and for a yes or no."""
    return {
        name: None if NoneType in get_args(field.annotation) else field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if NoneType in get_args(field.annotation) or not (field.is_required() or isinstance(field.default, bool))
    }


def said(body: BaseModel) -> dict[str, Any]:
    """The members that a body says, by name, but for the code that it is known by; its parts as what they say."""
    return {
        name: said(value) if isinstance(value := getattr(body, name), MasterBody) else value
        for name in body.model_fields_set
        if name != "code"
    }


def said_in_turn(bodies: Iterable[BaseModel]) -> dict[str, Any]:
    """What several bodies about one record say, the later ones after the earlier ones."""
    members: dict[str, Any] = {}
    for body in bodies:
        members = over(members, said(body))
    return members


def over(existing: Mapping[str, Any] | None, members: Mapping[str, Any]) -> dict[str, Any]:
    """What exists with what is said over it; a part that is said member by member, likewise. Neither is changed."""
    merged = dict(existing or {})
    for name, value in members.items():
        part = merged.get(name)
        merged[name] = {**part, **value} if isinstance(value, dict) and isinstance(part, Mapping) else value
    return merged


def missing(members: Mapping[str, Any], *names: str) -> tuple[FieldProblem, ...]:
    """A problem for each of the members that a new record needs and nobody said."""
    message = "A record needs this, and there is none yet."
    return tuple(FieldProblem(f"/{name}", "missing", message) for name in names if members.get(name) is None)
