"""JSON merge patch (RFC 7396)."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Body
from pydantic import BaseModel, ValidationError

from app.ground.errors import FieldProblem, Invalid
from app.ground.web.problems import field_problems

Model = TypeVar("Model", bound=BaseModel)

MergePatch = Annotated[
    dict[str, Any],
    Body(
        media_type="application/merge-patch+json",
        description="RFC 7396: members replace what stands, null removes, what is left out stays",
        examples=[{"name": "Another name"}],
    ),
]
"""The body of a PATCH route; sent as application/merge-patch+json or application/json."""


DEEPEST = 50
"""No resource is nested like that: past it a patch is refused before it exhausts the stack."""


def merged(target: Any, patch: Any, *, depth: int = 0) -> Any:
    """`target` with `patch` applied; neither is changed. Raises Invalid for a patch nested past `DEEPEST`."""
    if not isinstance(patch, Mapping):
        return patch
    if depth > DEEPEST:
        raise Invalid(
            "The patch is nested too deeply.", errors=[FieldProblem("", "depth", f"At most {DEEPEST} levels.")]
        )
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value, depth=depth + 1)
    return result


def patched(
    model: type[Model], resource: Mapping[str, Any], patch: Mapping[str, Any], *, emptied: Collection[str] = ()
) -> Model:
    """The resource with the patch applied, as a body. Raises Invalid where the result lacks the form that a PUT needs.

    Members named in `emptied` become null where the patch removes them, instead of being left out.
    """
    try:
        return model.model_validate(dict.fromkeys(emptied) | merged(resource, patch))
    except ValidationError as error:
        problems = field_problems(error.errors(include_url=False, include_context=False, include_input=False))
        raise Invalid("The patched resource does not have the form it must have.", errors=problems) from error
