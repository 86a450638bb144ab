"""What identity refuses."""

from app.ground.errors import Conflict, Invalid, Unauthenticated, Unavailable


class WrongCredentials(Unauthenticated):
    """The name or the secret is wrong.

    The answer does not tell which, nor whether the name exists.
    """


class SecondFactorNeeded(Unauthenticated):
    """A code of the second factor is needed, too.

    The password is right. Send it again with `otp`: six digits, or a recovery code.
    """


class WrongCode(WrongCredentials):
    """The code of the second factor is wrong, or was used.

    The password is right. A code is good for a minute and a half, and once.
    """


class SecondFactorExists(Conflict):
    """There is a second factor already.

    Remove it first, by the password and a code.
    """


class SecondFactorNotBegun(Conflict):
    """No second factor is being set up.

    It was not begun, is set up already, or was begun more than an hour ago: begin anew.
    """


class NoSecondFactor(Conflict):
    """There is no second factor."""


class OwnSecondFactor(Conflict):
    """One's own second factor is removed by the password and a code.

    An admin removes those of others.
    """


class SignInFailed(Unauthenticated):
    """This sign-in by the provider failed.

    It was not begun here, was refused there, is too old, or what came of it proves nothing. Begin anew.
    """


class NobodyHere(Unauthenticated):
    """This account of the provider is nobody's here.

    An admin has to allow that a user signs in by the provider, who has to have the same name there for the first time.
    """


class ProviderAway(Unavailable):
    """The provider of sign-ins is away for the moment.

    Who has a password here can sign in by that.
    """


class UnknownClient(Unauthenticated):
    """The client is unknown, or its secret is wrong.

    The answer does not tell which.
    """


class ScopeNotGranted(Invalid):
    """This scope was not granted.

    An integration client may ask for some of its scopes; nobody else has any.
    """


class RefreshTokenEnded(Unauthenticated):
    """This refresh token is no longer good.

    It has expired, was revoked, or came again after its successor was used: log in (or enrol the handheld) anew.
    """


class EnrolmentCodeNotGood(Unauthenticated):
    """This enrolment code is unknown or has expired.

    Ask the supervisor for another one: a code is good for 15 minutes.
    """


class EnrolmentCodeUsed(Conflict):
    """This enrolment code has been used.

    A code binds one handheld. Ask the supervisor for another one.
    """


class UsernameTaken(Conflict):
    """A user of this name exists already."""


class AccountTaken(Conflict):
    """This account of the provider is another user's already."""


class ClientNameTaken(Conflict):
    """A client of this name exists already."""


class LastAdmin(Conflict):
    """Nobody would be left to administer.

    The last active admin can be neither deactivated nor given another role.
    """


class RepInactive(Conflict):
    """This rep is not active.

    A handheld can be enrolled for active reps only.
    """


CONSTRAINTS = {
    "uq_users_username": UsernameTaken,
    "uq_clients_name": ClientNameTaken,
    "uq_oidc_bindings_issuer_subject": AccountTaken,
}
"""What the violation of a constraint means."""
