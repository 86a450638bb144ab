"""Items of the weeks ahead: changes to approved plans."""

from typing import Any

from sqlalchemy import ARRAY, Integer, Select, Text, cast, func
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH, array

from app.doors.timelines.reading import OUTLET_ID, newest, record, told, within, word
from app.masters.territories.models import Rep
from app.planning.week_plans.models import WeekPlan, WeekPlanVersion

_DAYS = cast("$.days[*] ? (@.stops[*][0] == $outlet).day", JSONPATH)
_ISO_WEEK = 'IYYY"-W"IW'


def plan_changes() -> Select[*tuple[Any, ...]]:
    """Changes to approved plans that gave, moved or took away a visit of the outlet: read by who sees the plan's rep.

    `days`: on which days of the week this plan has the outlet since then.
    """
    records = record(
        WeekPlanVersion.outlet_ids.op("@>")(cast(array([OUTLET_ID]), ARRAY(Integer))),
        within(Rep.territory_id),
        at=WeekPlanVersion.made_at,
        title="plan_changed",
        id_=func.concat(WeekPlan.id, word("/"), WeekPlanVersion.version),
        rep_id=WeekPlan.rep_id,
        actor=WeekPlanVersion.made_by,
        action=WeekPlanVersion.action,
        week_date=WeekPlan.week_date,
        content=WeekPlanVersion.content,
    )
    rows = newest(records.join(WeekPlan, WeekPlan.id == WeekPlanVersion.plan_id).join(Rep, Rep.id == WeekPlan.rep_id))
    outlet = func.jsonb_build_object(word("outlet"), OUTLET_ID)
    return told(
        rows,
        iso_week=func.to_char(rows.c.week_date, _ISO_WEEK, type_=Text),
        action=rows.c.action,
        days=func.jsonb_path_query_array(rows.c.content, _DAYS, outlet, type_=JSONB),
    )
