"""`Idempotency-Key`: a POST that creates, and has no id of its own, is done once and answered alike ever after.

The answer is stored in the transaction of the work itself, so neither stands without the other. Answers hold secrets (a
client's secret, an enrolment code, tokens) that exist in clear nowhere else: they are stored encrypted (JWE, A256GCM)
under a key derived from the signing key. The digest that tells one payload from another is keyed too, for payloads hold
passwords.
"""

import contextlib
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.errors import FieldProblem
from app.ground.receipts import queries
from app.ground.receipts.errors import IdempotencyKeyInFlight, IdempotencyKeyReused, IdempotentAnswerLost
from app.ground.receipts.models import IdempotencyKey
from app.ground.web.dependencies import AppSettings
from app.ground.web.paths import sent_path

KEPT = timedelta(days=2)
"""How long a key is remembered."""

_JSON = "application/json"
_SEALED = {"alg": "dir", "enc": "A256GCM"}


class Once:
    """The dependency of a creating POST. A request without the header is simply done."""

    def __init__(
        self,
        request: Request,
        settings: AppSettings,
        idempotency_key: Annotated[
            str | None,
            Header(
                pattern=r"^[\x21-\x7e]{1,128}$",
                description="any unique string: a repeated request with the same key and body gets the first answer",
                examples=["7d3c1f7e-2b0c-4a53-9a0e-0a3c5f1e9b11"],
            ),
        ] = None,
    ) -> None:
        self._route = f"{request.method} {sent_path(request.scope)}"
        self._signing_keys = (settings.signing_key, *settings.previous_signing_keys)
        self._key = idempotency_key

    async def answer(
        self,
        session: AsyncSession,
        caller: str,
        payload: BaseModel | None,
        make: Callable[[], Awaitable[BaseModel]],
        *,
        status: int = 201,
    ) -> Response:
        """What `make` answers, or what it answered to the first request with this caller, address, key and payload.

        Raises IdempotencyKeyReused for another payload, IdempotencyKeyInFlight while the first request runs. An error
        is not kept: nothing was done, and the next request tries again.
        """
        if self._key is None:
            return _json((await make()).model_dump_json().encode(), status)
        content = b"" if payload is None else payload.model_dump_json(exclude_unset=True).encode()
        if not await queries.try_key_lock(session, self._lock(caller)):
            raise IdempotencyKeyInFlight("Repeat the request in a moment.")
        record = await queries.stored_answer(session, caller, self._route, self._key)
        if record is None:
            body = (await make()).model_dump_json().encode()
            session.add(self._kept(caller, _digest(self._signing_keys[0], content), status, body))
            await session.flush()
            return _json(body, status)
        if not any(hmac.compare_digest(record.digest, _digest(key, content)) for key in self._signing_keys):
            problem = FieldProblem("/header/idempotency-key", "reused", "Make a new key for a new request.")
            raise IdempotencyKeyReused("The key came with another body before.", errors=[problem])
        return _json(self._open(record.body), record.status, replayed=True)

    def _kept(self, caller: str, digest: bytes, status: int, body: bytes) -> IdempotencyKey:
        return IdempotencyKey(
            caller=caller,
            route=self._route,
            key=self._key,
            digest=digest,
            status=status,
            media_type=_JSON,
            body=jwe.encrypt_compact(_SEALED, body, _sealing_key(self._signing_keys[0])).encode(),
            created_at=clock.now(),
        )

    def _open(self, sealed: bytes) -> bytes:
        for key in self._signing_keys:
            with contextlib.suppress(JoseError):
                return jwe.decrypt_compact(sealed, _sealing_key(key)).plaintext or b""
        raise IdempotentAnswerLost("The first request's answer was kept under an older key.")

    def _lock(self, caller: str) -> int:
        name = "\x00".join((caller, self._route, self._key or "")).encode()
        return int.from_bytes(
            hashlib.blake2b(name, digest_size=8, person=b"idempotency-key").digest(), "big", signed=True
        )


def _digest(signing_key: bytes, content: bytes) -> bytes:
    return hmac.digest(_derived(b"idempotent-payload:", signing_key), content, "sha256")


def _sealing_key(signing_key: bytes) -> OctKey:
    return OctKey.import_key(_derived(b"idempotent-answer:", signing_key))


def _derived(purpose: bytes, signing_key: bytes) -> bytes:
    return hashlib.sha256(purpose + signing_key).digest()


OnceOnly = Annotated[Once, Depends()]


def _json(body: bytes, status: int, *, replayed: bool = False) -> Response:
    headers = {"Cache-Control": "no-store"} | ({"Idempotent-Replayed": "true"} if replayed else {})
    return Response(body, status, headers=headers, media_type=_JSON)


async def prune_idempotency_keys(session: AsyncSession, at: datetime) -> int:
    """Forget keys that were first used two days ago; answers how many."""
    return await queries.delete_keys_before(session, at - KEPT)
