"""How callers say who they are, for the OpenAPI document, so that "Authorize" in /docs logs in."""

from typing import Any

from app.ground.web.access import SCOPES, AccessRule

_TOKEN_URL = "/v1/auth/token"  # noqa: S105  # an address, not a token

SCHEMES: dict[str, dict[str, Any]] = {
    "staff": {
        "type": "oauth2",
        "description": "Members of staff, by username and password; `x-access` on each operation says which roles.",
        "flows": {"password": {"tokenUrl": _TOKEN_URL, "refreshUrl": _TOKEN_URL, "scopes": {}}},
    },
    "client": {
        "type": "oauth2",
        "description": "Integration clients (ERP, BI), by `client_id` and `client_secret`.",
        "flows": {
            "clientCredentials": {
                "tokenUrl": _TOKEN_URL,
                "scopes": {scope.value: description for scope, description in SCOPES.items()},
            }
        },
    },
    "handheld": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A rep's handheld, by the access token that `POST /v1/devices` or a refresh has answered.",
    },
}


def requirements(rule: AccessRule | str | None) -> list[dict[str, list[str]]]:
    """The `security` of an operation: any one of these opens it; none where no token is needed."""
    if not isinstance(rule, AccessRule):
        return []
    ways: list[dict[str, list[str]]] = [{"staff": []}] if rule.roles else []
    ways += [{"client": []}] if rule.any_client else [{"client": [scope.value]} for scope in rule.opened_by()]
    return ways + ([{"handheld": []}] if rule.device else [])
