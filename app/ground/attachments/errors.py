"""What can go wrong with attachments."""

from app.ground.errors import Conflict, Invalid, NotFound, Unavailable


class AttachmentNotFound(NotFound):
    """No such attachment here."""


class AttachmentIdTaken(Conflict):
    """An attachment with this id and another content is here already.

    The first one stands. Make a new id for another file.
    """


class TooManyAttachments(Conflict):
    """Too many of your files are attached to nothing.

    Attach them to a record, or wait: what is attached to nothing within a day is taken away.
    """


class UnfitAttachment(Invalid):
    """The file cannot be taken.

    `errors` says why: it is no whole JPEG, PNG, WebP or PDF, it is not of the type that was declared, or something
    else is in it.
    """


class AttachmentStoreAway(Unavailable):
    """The store of the attachments does not answer.

    Nothing was lost that was acknowledged. Repeat the request after `Retry-After` seconds.
    """
