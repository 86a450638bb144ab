"""Where the records that explanations rest on are read: routes of the API."""

from collections.abc import Collection, Mapping
from urllib.parse import quote, urlencode

from app.closing.explanations.explanation import ExplainedRecordType, RecordLink
from app.closing.explanations.records import SeenDoubt, World
from app.ground.web.months import last_day_of

_PATHS: Mapping[ExplainedRecordType, str] = {
    ExplainedRecordType.POINTS_ENTRY: "/v1/points/{}/explanation",
    ExplainedRecordType.VISIT: "/v1/visits/{}",
    ExplainedRecordType.ORDER: "/v1/orders/{}",
    ExplainedRecordType.CHECK_IN: "/v1/check-ins/{}",
    ExplainedRecordType.CUTOFF_RUN: "/v1/cutoff-runs/{}",
    ExplainedRecordType.DELIVERY: "/v1/deliveries/{}",
    ExplainedRecordType.RETURN: "/v1/returns/{}",
    ExplainedRecordType.APPEAL: "/v1/appeals/{}",
}
"""What has a page of its own, by its id."""


def link_to(kind: ExplainedRecordType, id_: object) -> RecordLink:
    """A record with a page of its own."""
    return RecordLink(kind, str(id_), _PATHS[kind].format(id_))


def link_to_doubt(world: World, doubt: SeenDoubt) -> RecordLink:
    """A doubt: it is read in the list of the rep's day."""
    day = world.entry.business_date.isoformat()
    query = {"rep_code": world.entry.rep_code, "rule": doubt.rule, "from": day, "to": day}
    return RecordLink(ExplainedRecordType.RISK_SIGNAL, str(doubt.id), f"/v1/risk-signals?{urlencode(query)}")


def link_to_policy(world: World) -> RecordLink:
    """The policy of the entry's day."""
    query = urlencode({"on": world.entry.business_date.isoformat()})
    return RecordLink(ExplainedRecordType.POINTS_POLICY, world.entry.step.rule.value, f"/v1/points/policy?{query}")


def link_to_month(world: World) -> RecordLink:
    """The rep's ledger of the month that the entry is about."""
    first = world.entry.business_date.replace(day=1)
    query = urlencode({"from": first.isoformat(), "to": last_day_of(first).isoformat()})
    return RecordLink(
        ExplainedRecordType.POINTS, f"{first:%Y-%m}", f"/v1/reps/{quote(world.entry.rep_code, safe='')}/points?{query}"
    )


def return_links(world: World) -> list[RecordLink]:
    """The returns of the entry's month, as many as it keeps, each with its delivery."""
    links = []
    for each in world.returns:
        links.append(link_to(ExplainedRecordType.RETURN, each.id))
        if each.delivery_id is not None:
            links.append(link_to(ExplainedRecordType.DELIVERY, each.delivery_id))
    return links


def distinct(links: Collection[RecordLink]) -> list[RecordLink]:
    """Each record once."""
    return list(dict.fromkeys(links))
