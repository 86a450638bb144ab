"""One check-in judged by itself."""

from datetime import datetime

from app.field.check_ins.geofence import Fence, Fix, GeofenceCase, Verdict, VerdictPolicy, judge_all


def judge(fix: Fix | None, fence: Fence | None, captured_at: datetime, policy: VerdictPolicy) -> Verdict:
    """The verdict on a fix of its own."""
    return judge_all((GeofenceCase(fix, fence, captured_at),), policy)[0]
