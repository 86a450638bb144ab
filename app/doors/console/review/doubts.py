"""What a page of one doubt is made of: the doubt, its outlets, handhelds and visit, and what a review comes to."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from app.doors.console.api_calls import ApiRefusal, Json
from app.doors.console.pages import ConsolePage
from app.doors.console.review.cases import DoubtCase, outlet_codes_of
from app.doors.console.review.consequences import COSTING, consequence_of
from app.doors.console.review.evidence import view_of
from app.field.risk_signals.signals import RiskRule

_OF_HANDHELDS = frozenset({RiskRule.TWO_DEVICES.value, RiskRule.SEQUENCE_GAP.value, RiskRule.COUNTER_RESTARTED.value})
"""Rules whose evidence names handhelds."""


async def doubt_content(page: ConsolePage, signal_id: UUID | str) -> dict[str, Any]:
    """The content of a template that shows a doubt. Raises ApiRefusal where there is none in the person's sight."""
    signal = await page.api.get(f"/v1/risk-signals/{signal_id}")
    territory = await page.api.get(f"/v1/territories/{quote(signal['territory_code'], safe='')}")
    case = DoubtCase(signal, await _outlets(page, outlet_codes_of(signal)), await _devices(page, signal))
    policies = []
    if signal["rule"] in COSTING:
        policies = (await page.api.get("/v1/points/policy", on=signal["business_date"]))["items"]
    return {
        "signal": signal,
        "zone": territory["time_zone"],
        "rep": await seen(page, f"/v1/reps/{quote(signal['rep_code'], safe='')}"),
        "case": case,
        "evidence": view_of(case),
        "visit": await _visit(page, signal),
        "consequence": consequence_of(signal["rule"], policies),
    }


async def _outlets(page: ConsolePage, codes: Iterable[str]) -> dict[str, Json]:
    """Those of the outlets that the person may see, by code: of a doubt a handful at most."""
    outlets = {code: await seen(page, f"/v1/outlets/{quote(code, safe='')}") for code in codes}
    return {code: outlet for code, outlet in outlets.items() if outlet is not None}


async def _devices(page: ConsolePage, signal: Json) -> dict[str, Json]:
    """The rep's handhelds by id, where the evidence names any."""
    if signal["rule"] not in _OF_HANDHELDS:
        return {}
    devices = await page.api.all("/v1/devices", rep_code=signal["rep_code"])
    return {device["id"]: device for device in devices}


async def _visit(page: ConsolePage, signal: Json) -> Json | None:
    """The visit of the rep's day at the outlet that the doubt is about, if there is one."""
    if signal["outlet_code"] is None:
        return None
    visits = await page.api.get(
        "/v1/visits",
        date=signal["business_date"],
        rep_code=signal["rep_code"],
        outlet_code=signal["outlet_code"],
        limit=1,
    )
    return next(iter(visits["items"]), None)


async def seen(page: ConsolePage, path: str) -> Json | None:
    """A record; None where it is not the person's to see."""
    try:
        return await page.api.get(path)
    except ApiRefusal as refusal:
        if refusal.status in {403, 404}:
            return None
        raise
