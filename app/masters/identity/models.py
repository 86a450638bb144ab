"""Staff, integration clients, devices, and their refresh families."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class User(Base):
    """A member of staff."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserTerritory(Base):
    """A territory that a supervisor or operator works for."""

    __tablename__ = "user_territories"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), primary_key=True)


class Client(Base):
    """Another program, with scopes."""

    __tablename__ = "clients"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class EnrolmentCode(Base):
    """A code that binds one handheld to a rep, once, within 15 minutes."""

    __tablename__ = "enrolment_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"), index=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Device(Base):
    """A handheld bound to one rep."""

    __tablename__ = "devices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rep_id: Mapped[int] = mapped_column(ForeignKey("reps.id"), index=True)
    model: Mapped[str]
    os: Mapped[str]
    app_version: Mapped[str]
    public_jwk: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RefreshFamily(Base):
    """One login. The newest refresh token counts, and the one before it, which yields the same successor.

    `door`: by which it was opened (`rules.LoginDoor`). `last_used_at`: of users' logins alone, some minutes behind.
    `by_provider`: an organisation's provider of sign-ins said who that is.
    """

    __tablename__ = "refresh_families"
    __table_args__ = (Index("ix_refresh_families_expires_at", "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id"), index=True)
    door: Mapped[str] = mapped_column(default="api", server_default="api")
    user_agent: Mapped[str | None]
    last_used_at: Mapped[datetime | None]
    by_provider: Mapped[bool] = mapped_column(default=False, server_default=false())
    generation: Mapped[int] = mapped_column(default=0)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    rotated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]


class SecondFactor(Base):
    """A user's authenticator (TOTP), and the recovery codes that are left; not confirmed: it is being set up.

    `last_step`: the half minute whose code was used last; none up to it is good any more.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    sealed_secret: Mapped[str]
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger)
    recovery_hashes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))


class OidcBinding(Base):
    """That a user may sign in by the organisation's provider, and which account there it is, once that has come."""

    __tablename__ = "oidc_bindings"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    allowed_at: Mapped[datetime]
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    bound_at: Mapped[datetime | None]


class LoginPace(Base):
    """Until when the attempts that share a slot count (`login_pace.PaceKind`, decision 64). Bounded: slots are."""

    __tablename__ = "login_paces"

    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    clear_at: Mapped[datetime]


class LoginPlace(Base):
    """Where a user logged in of late: keyed digests of the address and of the network around it."""

    __tablename__ = "login_places"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    place: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    network: Mapped[bytes] = mapped_column(LargeBinary)
    last_login_at: Mapped[datetime]
