"""What goes in and out of the routes about oneself: logins, the password, the second factor."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.ground.web.fields import NO_NUL
from app.masters.identity.family_queries import ListedLogin
from app.masters.identity.one_time_codes import MOST_TYPED
from app.masters.identity.rules import LoginDoor
from app.masters.identity.schemas import Password
from app.masters.identity.second_factors import FactorState


class LoginAnswer(BaseModel):
    """One of one's own logins."""

    id: UUID
    door: LoginDoor = Field(description="by which it was opened", examples=["console"])
    user_agent: str | None = Field(
        description="what the program that opened it said of itself; no address is stored",
        examples=["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"],
    )
    by_provider: bool = Field(description="whether the organisation's provider said who that is")
    opened_at: datetime
    last_used_at: datetime = Field(description="some minutes behind")
    expires_at: datetime = Field(description="where it is not refreshed before")
    current: bool = Field(description="whether this very request came with it")

    @classmethod
    def of(cls, login: ListedLogin, *, current: bool) -> Self:
        """A login as it is told to whose it is."""
        return cls(
            id=login.id,
            door=LoginDoor(login.door),
            user_agent=login.user_agent,
            by_provider=login.by_provider,
            opened_at=login.created_at,
            last_used_at=login.last_used_at,
            expires_at=login.expires_at,
            current=current,
        )


class PasswordBody(BaseModel):
    """One's own new password, with the one so far."""

    current_password: Password
    password: Password


class SecondFactorAnswer(BaseModel):
    """One's own second factor."""

    second_factor: bool
    confirmed_at: datetime | None = Field(description="since when it holds")
    recovery_codes_left: int = Field(examples=[10])

    @classmethod
    def of(cls, state: FactorState) -> Self:
        """It as it is told to whose it is."""
        return cls(
            second_factor=state.confirmed_at is not None,
            confirmed_at=state.confirmed_at,
            recovery_codes_left=state.recovery_codes,
        )


OneTimeCode = Annotated[str, StringConstraints(min_length=1, max_length=MOST_TYPED, pattern=NO_NUL)]


class SecondFactorBody(BaseModel):
    """Who begins to set one up says the current password."""

    current_password: Password


class NewSecondFactorAnswer(BaseModel):
    """What an authenticator is to be given, told this once."""

    secret: str = Field(description="base 32, to be typed", examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str = Field(
        description="as a QR code",
        examples=["otpauth://totp/Fieldproof:anna?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Fieldproof"],
    )


class SecondFactorCodeBody(BaseModel):
    """A code that the authenticator shows now."""

    code: OneTimeCode = Field(examples=["123 456"])


class RecoveryCodesAnswer(BaseModel):
    """Ten codes in place of the authenticator's, each good once; told this once."""

    recovery_codes: list[str] = Field(examples=[["7KQ2-M9XD-0TBR-5HJW"]])


class SecondFactorRemovalBody(BaseModel):
    """The current password, and a code of the authenticator's or a recovery code."""

    current_password: Password
    code: OneTimeCode = Field(examples=["123456"])
