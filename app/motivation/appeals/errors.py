"""What can go wrong with appeals."""

from app.ground.errors import Conflict, Forbidden, NotFound


class AppealNotFound(NotFound):
    """No such appeal here."""


class NothingToAppeal(Conflict):
    """This entry cost no points.

    An appeal is against a penalty, or against an entry that took points back.
    """


class EntryReversed(Conflict):
    """This entry was reversed by now.

    There is nothing left to appeal against.
    """


class AppealTooLate(Conflict):
    """The time for this appeal is over.

    An entry may be appealed, and a rejection taken further, within 14 days. `until` tells when they ended.
    """


class EntryAppealed(Conflict):
    """This entry was appealed before, under another id.

    There is one appeal for an entry. Once it is rejected it may be taken further.
    """


class AppealIdTaken(Conflict):
    """This id has another content.

    The first content stands. Make a new id for another appeal.
    """


class AppealDecided(Conflict):
    """This appeal was decided otherwise, or is decided for good.

    The same decision again is answered like the first one.
    """


class AppealNotRejected(Conflict):
    """This appeal was not rejected.

    Only a rejected one can be taken further.
    """


class AppealTakenFurther(Conflict):
    """This appeal was taken further before.

    That can be done once; the second decision is the last.
    """


class AdminDecides(Forbidden):
    """This appeal was taken to an admin.

    A supervisor no longer decides it.
    """
