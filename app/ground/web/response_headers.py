"""The headers that answers have beside HTTP's own, for the OpenAPI document."""

from collections.abc import Collection
from typing import Any

COMPONENTS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": "the request's id, as the server's log has it; one that came with the request is kept",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$", "examples": ["0193a6e2f0c17d0c"]},
    },
    "ETag": {
        "description": "the version of the resource, for `If-Match`",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9]+"$', "examples": ['"3"']},
    },
    "Link": {
        "description": "the next page (RFC 8288); none on the last",
        "schema": {"type": "string", "examples": ['</v1/orders?cursor=WyJQQVQtMDA0MiJd>; rel="next"']},
    },
    "Location": {
        "description": "where to ask how far it is",
        "required": True,
        "schema": {
            "type": "string",
            "format": "uri-reference",
            "examples": ["/v1/plan-generations/0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b"],
        },
    },
    "Retry-After": {
        "description": "after how many seconds to repeat the request",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "examples": [2]},
    },
    "WWW-Authenticate": {
        "description": "how to say who one is (RFC 6750)",
        "required": True,
        "schema": {"type": "string", "examples": ["Bearer", 'Bearer error="invalid_token"']},
    },
    "Content-Disposition": {
        "description": "the name for the file (RFC 6266)",
        "schema": {"type": "string", "examples": ['attachment; filename="order-form-PAT-0042-2026-11-23.xlsx"']},
    },
    "Content-Language": {
        "description": "the language that a file speaks (RFC 9110, 8.5)",
        "schema": {"type": "string", "examples": ["el"]},
    },
    "Cache-Control": {
        "description": "how long the answer may be kept (RFC 9111)",
        "required": True,
        "schema": {"type": "string", "examples": ["no-store"]},
    },
    "Idempotent-Replayed": {
        "description": "this is the answer to an earlier request with the same `Idempotency-Key`",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
"""By name. One that is not required is on some answers only."""


def refer(*names: str) -> dict[str, Any]:
    """The `headers` of a response in the document."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def sends(*names: str, on: Collection[int] = (200,)) -> dict[str, Any]:
    """The `openapi_extra=` of a route: headers that its answers with these statuses have."""
    return {"responses": {str(status): {"headers": refer(*names)} for status in on}}


VERSIONED = sends("ETag")
"""Of a single resource."""

VERSIONED_OR_NEW = sends("ETag", on=(200, 201))
"""Of a resource that is made or replaced."""
