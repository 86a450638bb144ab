"""The errors that domains raise. They know no HTTP; `app.ground.web.problems` answers them as RFC 9457 problems.

    AppError
     ├─ NotFound            what was named does not exist, or not for this caller     404
     ├─ Conflict            true input that meets another state                       409
     │   └─ StaleVersion    the precondition (`If-Match`) no longer holds             412
     ├─ Forbidden           a known caller who may not do this                        403
     │   └─ SecondFactorRequired                   who has to set one up first
     ├─ Unauthenticated     no caller, or no longer a valid one                       401
     │   └─ TooManyAttempts try again later                                           429
     ├─ Invalid             input that breaks a rule                                  422
     │   └─ TooLarge        input that is past a limit                                413
     ├─ TooSlow             input that did not come in time                           408
     └─ Unavailable         a part that is needed is away for the moment              503

The first line of a class's docstring is the problem's title, its name in kebab case the problem's type, and the keyword
arguments it was raised with are members of the problem.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong with the input: a JSON pointer, a stable code, a sentence for a person."""

    pointer: str
    code: str
    message: str


class Told(Exception):
    """Whoever started the program is told this in words, without a traceback: something around it is not as it must be.

    No caller of the API can bring it about.
    """


class AppError(Exception):
    """Something went wrong."""

    def __init__(self, detail: str = "", *, errors: Sequence[FieldProblem] = (), **fields: object) -> None:
        super().__init__(detail or self.title())
        self.detail = detail
        self.errors = tuple(errors)
        self.fields = fields

    @classmethod
    def title(cls) -> str:
        """The first sentence of the class's docstring, without its full stop."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")

    @classmethod
    def slug(cls) -> str:
        """The class's name in kebab case: the anchor of its problem type."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()


class NotFound(AppError):
    """No such thing here.

    It does not exist, or it lies outside of what this caller may see: the answer does not tell which.
    """


class Conflict(AppError):
    """The state of the server stands against this."""


class StaleVersion(Conflict):
    """The resource has changed since it was read.

    `If-Match` names a version that is no longer the current one. Read the resource again and repeat the change.
    """


class Forbidden(AppError):
    """This caller may not do this."""


class SecondFactorRequired(Forbidden):
    """A second factor has to be set up first.

    Until then this login opens what is one's own (`/v1/me`), and nothing else.
    """


class Unauthenticated(AppError):
    """A valid access token is needed."""


class TooManyAttempts(Unauthenticated):
    """Too many attempts, try again later.

    `Retry-After` says in how many seconds.
    """


class TooManyAtOnce(AppError):
    """You have too much of this under way.

    It is costly, and each caller has a share of it. Wait for an answer to what you asked before, or repeat the request
    after `Retry-After` seconds.
    """


class Invalid(AppError):
    """The input breaks a rule.

    `errors` lists every problem at once, each with a JSON pointer, a code and a message.
    """


class TooLarge(Invalid):
    """The input is past a limit.

    The detail names the limit.
    """


class UnknownEncoding(Invalid):
    """The body is packed in a way that is not understood here.

    Send it as it is, or packed by gzip.
    """


class TooSlow(AppError):
    """The request came too slowly.

    Nothing was done. Send it again over a better connection.
    """


class Unavailable(AppError):
    """A part that is needed is away for the moment.

    Nothing was lost that was acknowledged. Repeat the request after `Retry-After` seconds: retrying is always safe.
    """
