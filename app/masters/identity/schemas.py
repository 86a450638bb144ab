"""What goes in and out of the identity routes."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from app.ground.web.access import CallerKind, Role, Scope
from app.ground.web.fields import NO_NUL, Code, Flag, Name, ShortText
from app.masters.identity.device_queries import ListedHandheld
from app.masters.identity.devices import NewCode
from app.masters.identity.models import Client
from app.masters.identity.one_time_codes import MOST_TYPED
from app.masters.identity.refresh_families import IssuedTokens
from app.masters.identity.rules import PASSWORD_MAX, OidcState
from app.masters.identity.service import NewClient, UserChange
from app.masters.identity.staff_queries import StaffMember

Username = Annotated[str, StringConstraints(min_length=1, max_length=64), Field(examples=["anna"])]
Password = Annotated[
    str,
    StringConstraints(min_length=1, max_length=PASSWORD_MAX),
    Field(description="8 to 128 characters, none of the commonest", examples=["correct horse battery"]),
]
Credential = Annotated[SecretStr, Field(max_length=512)]


class TokenBody(BaseModel):
    """An OAuth 2 token request: which fields are needed depends on the grant."""

    grant_type: Literal["password", "client_credentials", "refresh_token"] = Field(examples=["password"])
    username: Annotated[str, StringConstraints(max_length=64, pattern=NO_NUL)] | None = Field(
        default=None, examples=["anna"]
    )
    password: Annotated[SecretStr, Field(max_length=PASSWORD_MAX)] | None = Field(
        default=None, examples=["correct horse battery"]
    )
    otp: Annotated[SecretStr, Field(max_length=MOST_TYPED)] | None = Field(
        default=None,
        description="with a password: six digits of the second factor, or a recovery code",
        examples=["123456"],
    )
    client_id: Annotated[str, Field(max_length=64)] | None = None
    client_secret: Credential | None = None
    refresh_token: Credential | None = None
    scope: Annotated[str, StringConstraints(max_length=512, pattern=NO_NUL)] = Field(
        default="", description="of a client: some of its scopes, with spaces between; without it all", examples=[""]
    )


class TokenAnswer(BaseModel):
    """Tokens to go on with."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.k4i5…"])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # a type, not a token
    expires_in: int = Field(description="seconds", examples=[900])
    refresh_token: str | None = Field(default=None, description="not for integration clients")
    scope: str | None = Field(default=None, description="an integration client's scopes", examples=["orders:read"])

    @classmethod
    def of(cls, tokens: IssuedTokens, **more: Any) -> Self:
        """The answer to a token request, and what else goes with it."""
        return cls(
            access_token=tokens.access_token,
            expires_in=tokens.expires_in_seconds,
            refresh_token=tokens.refresh_token,
            scope=tokens.scope,
            **more,
        )


class LogoutBody(BaseModel):
    """Which login to end."""

    refresh_token: Credential = Field(examples=["AZOm4vDBfQwB2u1pQ0n5cgAAAAHm…"])


class CallerAnswer(BaseModel):
    """The caller, as the server knows it."""

    kind: CallerKind = Field(examples=["user"])
    name: str = Field(
        description="a user's, an integration client's, or for a device its rep's code", examples=["anna"]
    )
    username: str | None = Field(description="null for all but users", examples=["anna"])
    role: Role | None
    territory_codes: list[str] | None = Field(description="what the caller sees; null means every territory")
    rep_code: str | None
    device_id: UUID | None
    scopes: list[str]
    second_factor: bool = Field(description="of a user: whether it has one")
    oidc: OidcState | None = Field(
        description="of a user: how it stands to the organisation's provider of sign-ins; on: may, and has not yet"
    )
    restricted: bool = Field(
        description="whether it must have one, and has none: until then only /v1/me and what is below it is open"
    )


class UserBody(BaseModel):
    """A member of staff to be."""

    username: Username
    password: Password
    role: Role = Field(examples=["supervisor"])
    territory_codes: Annotated[list[Code], Field(max_length=200)] = Field(
        default=[],
        description="without one a supervisor sees nothing yet, and an operator phones for every territory",
        examples=[["PAT"]],
    )


class UserChangeBody(BaseModel):
    """What to change of a user; what is not sent stays."""

    active: Flag | None = Field(default=None, examples=[False])
    role: Role | None = None
    territory_codes: Annotated[list[Code], Field(max_length=200)] | None = None
    password: Password | None = None
    oidc: Literal["on", "off"] | None = Field(
        default=None,
        description="whether this user may sign in by the organisation's provider: within 14 days the first account of"
        " the same name there becomes the user's, until it is off",
        examples=["on"],
    )

    def change(self) -> UserChange:
        """What is to be changed."""
        return UserChange(**self.model_dump(exclude={"oidc"}), oidc=None if self.oidc is None else self.oidc == "on")


class UserAnswer(BaseModel):
    """A member of staff."""

    model_config = ConfigDict(from_attributes=True)

    username: str = Field(examples=["anna"])
    role: Role
    territory_codes: list[str] = Field(examples=[["PAT"]])
    active: bool
    second_factor: bool = Field(description="whether this user has one")
    oidc: OidcState = Field(
        description="whether this user signs in by the organisation's provider: on: may, and has not yet; bound: does"
    )
    created_at: datetime

    @classmethod
    def of(cls, member: StaffMember) -> Self:
        """A user as it is told."""
        return cls.model_validate(member)


class ClientBody(BaseModel):
    """An integration client to be."""

    name: Name = Field(examples=["erp"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), examples=[["master:write", "orders:read"]])


class ClientAnswer(BaseModel):
    """An integration client."""

    client_id: UUID
    name: str = Field(examples=["erp"])
    scopes: list[str] = Field(examples=[["master:write", "orders:read"]])
    active: bool
    created_at: datetime

    @classmethod
    def of(cls, client: Client) -> Self:
        """A client as it is told."""
        return cls(
            client_id=client.id,
            name=client.name,
            scopes=client.scopes,
            active=client.active,
            created_at=client.created_at,
        )


class NewClientAnswer(ClientAnswer):
    """An integration client, with the secret that is told this once."""

    client_secret: str = Field(examples=["Yd0n8T2m…"])

    @classmethod
    def of_new(cls, new: NewClient) -> Self:
        """A client as it is told once."""
        return cls(**ClientAnswer.of(new.client).model_dump(), client_secret=new.secret)


class EnrolmentCodeAnswer(BaseModel):
    """A code for one handheld, told this once."""

    model_config = ConfigDict(from_attributes=True)

    rep_code: str = Field(examples=["PAT-R1"])
    enrolment_code: str = Field(examples=["7KQ2-M9XD-0TBR"])
    expires_at: datetime

    @classmethod
    def of(cls, code: NewCode) -> Self:
        """A code as it is told once."""
        return cls(rep_code=code.rep_code, enrolment_code=code.code, expires_at=code.expires_at)


class PublicJwkBody(BaseModel):
    """A handheld's public key (RFC 7517): P-256 or Ed25519. Its private part stays in the handheld."""

    kty: Literal["EC", "OKP"] = Field(examples=["EC"])
    crv: Literal["P-256", "Ed25519"] = Field(examples=["P-256"])
    x: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    y: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = None
    kid: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")] | None = None
    alg: Literal["ES256", "EdDSA", "Ed25519"] | None = None
    use: Literal["sig"] | None = None
    d: None = Field(default=None, description="the private part: a key that has it is refused")


class EnrolmentBody(BaseModel):
    """A handheld that asks to be bound to the rep of its enrolment code."""

    enrolment_code: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(examples=["7KQ2-M9XD-0TBR"])
    model: ShortText = Field(examples=["Pixel 6"])
    os: ShortText = Field(examples=["Android 14"])
    app_version: ShortText = Field(examples=["1.0.0"])
    public_jwk: PublicJwkBody | None = None


class DeviceAnswer(BaseModel):
    """A handheld bound to a rep."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    rep_code: str = Field(examples=["PAT-R1"])
    territory_code: str = Field(examples=["PAT"])
    model: str = Field(examples=["Pixel 6"])
    os: str = Field(examples=["Android 14"])
    app_version: str = Field(examples=["1.0.0"])
    enrolled_at: datetime
    revoked_at: datetime | None
    last_upload_at: datetime | None

    @classmethod
    def of(cls, handheld: ListedHandheld) -> Self:
        """A device as it is told."""
        return cls.model_validate(handheld)


class EnrolmentAnswer(TokenAnswer):
    """The handheld, and the tokens that it goes on with."""

    device: DeviceAnswer
