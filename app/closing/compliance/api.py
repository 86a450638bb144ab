"""The KPIs of a period, each with its numerator and denominator, and the records behind them."""

from datetime import date
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Path, Query, Response

from app.closing.compliance import reports, service
from app.closing.compliance.kpi_queries import EvidenceRow
from app.closing.compliance.kpis import KPIS, Kpi
from app.closing.compliance.rules import KpiGrouping, KpiPart
from app.closing.compliance.schemas import ComplianceAnswer, KpiEvidencePageAnswer, evidence_item, figures_json
from app.closing.compliance.service import Question
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession, SnapshotSession
from app.ground.web.fair_shares import QUESTIONS, costly
from app.ground.web.fields import Code, Day
from app.ground.web.media_types import AcceptedMedium, Medium
from app.ground.web.pagination import Paging
from app.ground.web.problems import problems
from app.ground.web.report_files import file_answer, report_responses
from app.ground.web.requests import router as make_router

router = make_router("compliance")

Looking = Annotated[Caller, allow(Role.SUPERVISOR, scope=Scope.COMPLIANCE_READ)]
First = Annotated[Day, Query(alias="from", description="the period's first business date")]
Last = Annotated[Day, Query(alias="to", description="its last one, included; a period may have 366 days")]

DESCRIPTION = """The figures of the caller's own territories, derived from the raw check-ins and orders as they are now.

Each KPI is its numerator divided by its denominator; where there is nothing to divide by, its value is null. Days that
have not come yet count as they are planned. Groups may add up to more than the whole: an outlet counts once in it. A
file's row without a key is that of the whole.

""" + "\n".join(
    f"- `{kpi}`: {definition.numerator.words} / {definition.denominator.words}" for kpi, definition in KPIS.items()
)


@router.get(
    "/compliance",
    operation_id="get_compliance",
    summary="The KPIs of a period, each with numerator and denominator",
    description=DESCRIPTION,
    response_model=ComplianceAnswer,
    responses=problems(401, 403, 406, 422, 429) | report_responses(reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
@costly(QUESTIONS)
async def get_compliance(
    caller: Looking,
    session: SnapshotSession,
    medium: AcceptedMedium,
    first: First,
    last: Last,
    group_by: Annotated[KpiGrouping, Query()] = KpiGrouping.TERRITORY,
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
) -> Response:
    """What the route's description says."""
    question = Question(first, last, territory_code, rep_code, outlet_code)
    figures = await service.figures(session, caller, question, group_by)
    whole, groups = figures[0], sorted(figures[1:], key=lambda group: group.key or "")
    if medium is not Medium.JSON:
        return file_answer(reports.figures_file(question, group_by, whole, groups), medium)
    body = {
        "from": first,
        "to": last,
        "group_by": group_by,
        "items": [{"key": group.key, "kpis": figures_json(group)} for group in groups],
        "totals": figures_json(whole),
    }
    return Response(orjson.dumps(body), media_type="application/json")


@router.get(
    "/compliance/{kpi}/evidence",
    operation_id="get_compliance_evidence",
    summary="The records behind a KPI",
    response_model=KpiEvidencePageAnswer,
    responses=problems(401, 403, 422, 429),
)
@costly(QUESTIONS)
async def get_compliance_evidence(
    kpi: Annotated[Kpi, Path()],
    caller: Looking,
    session: ReadSession,
    paging: Paging,
    first: First,
    last: Last,
    part: Annotated[KpiPart, Query()] = KpiPart.NUMERATOR,
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
) -> KpiEvidencePageAnswer:
    """Ask with the filters of the figure, and for a group with its key as a filter (a date: as `from` and `to`).

    The amounts of all pages add up to the figure.
    """
    of_outlets = KPIS[kpi].source.evidence == "outlet"
    after = paging.key(str) if of_outlets else paging.key(date.fromisoformat, UUID)
    question = Question(first, last, territory_code, rep_code, outlet_code)
    rows = await service.evidence(session, caller, question, kpi, part, after, paging.limit + 1)
    page, cursor = paging.page(rows, _key)
    return KpiEvidencePageAnswer(
        kpi=kpi,
        part=part,
        definition=KPIS[kpi].half(part).words,
        items=[evidence_item(kpi, row) for row in page],
        next_cursor=cursor,
    )


def _key(row: EvidenceRow) -> tuple[str, ...]:
    return (row.id,) if row.business_date is None else (row.business_date.isoformat(), row.id)
