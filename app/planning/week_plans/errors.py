"""What can go wrong with week plans."""

from app.ground.errors import Conflict, NotFound


class WeekPlanNotFound(NotFound):
    """No plan of this rep for this week."""


class PlanApproved(Conflict):
    """The plan is approved.

    A rep asks for changes now, and the supervisor grants them or makes them.
    """


class PlanNotSubmitted(Conflict):
    """The plan is not submitted.

    Only a plan that was submitted is approved or returned.
    """


class PlanNotApproved(Conflict):
    """The plan is not approved.

    Until it is, it is changed by putting it anew.
    """


class WeekIsOver(Conflict):
    """Every day of this week is frozen.

    A day's plan stands from its local midnight on; only excuses change it then.
    """


class ChangeRequestNotFound(NotFound):
    """No such request here."""


class ChangeRequestExists(Conflict):
    """Another request has this id.

    The first stands. Make a new id for a new request.
    """


class ChangeRequestDecided(Conflict):
    """The request was decided otherwise already.

    The first decision stands. The same decision again is answered like the first one.
    """


class CalendarLinkNotFound(NotFound):
    """No such calendar here.

    Its link may have been revoked, or its key is another one.
    """


class TooManyCalendarLinks(Conflict):
    """The rep has as many calendar links as one may have.

    Revoke one that nobody uses.
    """
