"""What rules cost and earn: read by those it concerns, changed by admins."""

from typing import Annotated

from fastapi import Path, Query, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.errors import NotFound
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Day
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import IfMatch, set_etag
from app.motivation.points import policies
from app.motivation.points.policy_schemas import PointsPoliciesAnswer, PointsPolicyAnswer, PointsPolicyBody
from app.motivation.points.rules import PointsRule

router = make_router("points")


@router.get(
    "/points/policy",
    operation_id="get_points_policy",
    summary="What each rule costs or earns",
    dependencies=[allow(Role.SUPERVISOR, device=True, scope=Scope.POINTS_READ)],
    responses=problems(401, 403, 422),
)
async def get_points_policy(
    session: ReadSession,
    on: Annotated[Day | None, Query(description="a business date; else today")] = None,
    *,
    versions: Annotated[
        bool, Query(description="every version that there ever was: by rule, the newest day first")
    ] = False,
) -> PointsPoliciesAnswer:
    """Of a day the version that holds then. A rule with 0 points is off."""
    day = on or clock.now().date()
    if versions:
        items = await policies.all_versions(session)
    else:
        items = await policies.policies_on(session, day)
    return PointsPoliciesAnswer(on=day, items=[PointsPolicyAnswer.of(policy) for policy in items])


@router.put(
    "/points/policy/{rule}",
    operation_id="put_points_policy",
    summary="Let a rule cost or earn something else from a day on",
    responses=problems(401, 403, 404, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def put_points_policy(
    rule: Annotated[PointsRule, Path()],
    body: PointsPolicyBody,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.ADMIN)],
    condition: IfMatch,
    response: Response,
) -> PointsPolicyAnswer:
    """A new version; the ones before it stay readable. Days about which points were booked are not judged anew: from
    the day after these on it can hold. The same again changes nothing. `ETag` is the rule's newest version.
    """
    if rule not in policies.POLICY_RULES:
        raise NotFound(f"{rule} follows from the caps of other rules.")
    said = body.model_dump(include=body.model_fields_set - {"valid_from"})
    changed, newest = await policies.change_policy(
        session, rule, body.valid_from, said, clock.now(), author_of(caller), condition.check
    )
    set_etag(response, newest)
    return PointsPolicyAnswer.of(changed)
