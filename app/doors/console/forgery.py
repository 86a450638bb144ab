"""Forms that another site has made somebody send are refused: by where they come from, and by what they do not know.

What they do not know stands in every page, and pages are packed: how long one gets tells how much of its address stands
in it twice. So it looks different on each page (BREACH): a mask, and what it is by XOR with that.
"""

import hmac
import secrets

from fastapi import Request

from app.ground.errors import Forbidden

FIELD, HEADER = "_forgery_token", "X-Forgery-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})


class ForgedForm(Forbidden):
    """This form was not made by the console.

    The page may have been open for long: load it again, and repeat what you did.
    """


async def refuse_forged(request: Request, forgery_token: str) -> None:
    """Raise ForgedForm where a request that changes something does not come from one of our pages."""
    if request.method in SAFE:
        return
    refuse_foreign(request)
    sent = request.headers.get(HEADER)
    if sent is None:
        field = (await request.form()).get(FIELD)
        sent = field if isinstance(field, str) else ""
    if not hmac.compare_digest(_unmasked(sent), _unmasked(forgery_token)):
        raise ForgedForm("The page that it stood on has grown old.")


def masked(token: bytes) -> str:
    """A token as a page bears it: twice as long, and each time another."""
    mask = secrets.token_bytes(len(token))
    return (mask + _xor(mask, token)).hex()


def _unmasked(text: str) -> bytes:
    """The token that a page bore; none for what is none."""
    try:
        both = bytes.fromhex(text)
    except ValueError:
        return b""
    half = len(both) // 2
    return _xor(both[:half], both[half:]) if len(both) == 2 * half else b""


def _xor(one_half: bytes, other_half: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one_half, other_half, strict=True))


def refuse_foreign(request: Request) -> None:
    """Raise ForgedForm where the browser says that a request comes from another site."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in _OWN_SITES:
        raise ForgedForm("It came from another site.")
    if site is None and origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
        raise ForgedForm("It came from another site.")
