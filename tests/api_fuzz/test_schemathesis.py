"""Schemathesis over the whole OpenAPI document: no 500, no undocumented answer, no bad input that passes as good.

Its coverage phase walks every boundary and type of every parameter and body, its examples phase sends the document's
own examples, its fuzzing phase draws a few cases more; the same ones in every run.
"""

import re
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance, unsupported_method

from app.ground.web.media_types import Medium
from tests.api_fuzz.conftest import Company
from tests.architecture.access_table import ENTRIES
from tests.architecture.access_world import World
from tests.contract import contract

ACCESS = {
    f"{method.upper()} {path}": operation["x-access"]
    for path, item in contract()["paths"].items()
    for method, operation in item.items()
}
FOR_DEVICES = [route for route, access in ACCESS.items() if access != "public" and access["device"]]
UPLOADS = ["POST /v1/sync", "POST /v1/check-ins", "POST /v1/orders"]
NO_RECORDS = frozenset({"kpi", "kind"})
"""Parameters in paths that name no record."""

RULES_SAY_MORE = [positive_data_acceptance]
"""A schema cannot tell that an order's outlet must exist."""
_REPAIRED = [*RULES_SAY_MORE, negative_data_rejection]
"""What of evidence and text cannot be read costs no event: it is repaired, or as none (T7)."""
NOT_CHECKED: dict[str, list[Any]] = {
    "POST /v1/check-ins": _REPAIRED,
    "POST /v1/orders": _REPAIRED,
    "PUT /v1/orders/{order_id}": _REPAIRED,
    "POST /v1/orders/{order_id}/cancel": _REPAIRED,
    "POST /v1/sync": [*RULES_SAY_MORE, negative_data_rejection],  # one bad event is rejected alone, in a 200
    "POST /v1/call-tasks/claim": [*RULES_SAY_MORE, unsupported_method],  # GET reads `claim` as a {task_id}: 422
}


Documents = dict[str, schemathesis.BaseSchema]


@schemathesis.serializer("application/x-ndjson", "text/csv", Medium.XLSX.value)
def as_file(_: schemathesis.SerializationContext, body: Any) -> bytes:
    """A file goes out as it is, a workbook as bytes that are none."""
    return body if isinstance(body, bytes) else str(body).encode(errors="ignore")


@pytest.fixture(scope="module")
def documents(company: Company) -> Documents:
    """The document as Schemathesis knows it: to be tried in full, or in short."""
    return {how: _document(company, in_full=how == "in full") for how in ("in full", "in short")}


def _document(company: Company, *, in_full: bool) -> schemathesis.BaseSchema:
    config: dict[str, Any] = {
        "seed": 1,
        "generation": {
            "max-examples": 4,
            "deterministic": True,
            "database": "none",
            "with-security-parameters": False,
        },
        "phases": {"coverage": {"enabled": in_full}},
        "checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}},
    }
    return schemathesis.openapi.from_asgi("/openapi.json", company.app, config=SchemathesisConfig.from_dict(config))


def _try(schema: schemathesis.BaseSchema, route: str, company: Company, caller: str) -> None:
    """Send every case of a route as `caller`, and run Schemathesis' checks on the answers."""

    def send(case: schemathesis.Case[Any]) -> None:
        in_path = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
        if in_path is not None and in_path.mode.is_positive:
            # where the path is sound, it is about a record that there is
            case.path_parameters |= _names(route, company.world)
        # the client's own Accept would come before the one that was drawn
        drawn = [value for name, value in (case.headers or {}).items() if name.lower() == "accept"]
        headers = company.world.headers[caller] | ({"Accept": drawn[0]} if drawn else {})
        case.call_and_validate(headers=headers, excluded_checks=NOT_CHECKED.get(route, RULES_SAY_MORE))

    method, _, path = route.partition(" ")
    build_operation_test(
        config=schema.config, operation=schema[path][method], test_func=send, given_kwargs={}, feedback=NO_FEEDBACK
    )()


def _names(route: str, world: World) -> dict[str, str]:
    """The records in a route's path, by parameter."""
    parameters = [name for name in re.findall(r"{(\w+)}", route) if name not in NO_RECORDS]
    return dict(zip(parameters, (world[name] for name in ENTRIES[route].path), strict=True))


@pytest.mark.parametrize("route", ACCESS)
def test_whatever_an_admin_sends_is_answered_as_documented(route: str, documents: Documents, company: Company) -> None:
    _try(documents["in full"], route, company, "admin")


@pytest.mark.parametrize("route", FOR_DEVICES)
def test_whatever_a_device_sends_is_answered_as_documented(route: str, documents: Documents, company: Company) -> None:
    _try(documents["in full" if route in UPLOADS else "in short"], route, company, "device")


@pytest.mark.parametrize("route", ACCESS)
def test_whatever_is_sent_without_a_token_is_answered_as_documented(
    route: str, documents: Documents, company: Company
) -> None:
    _try(documents["in short"], route, company, "nobody")
