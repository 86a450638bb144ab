"""Forms that another site has made somebody send are refused: by where they come from, and by what they do not know."""

import hmac

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
    if not hmac.compare_digest(sent.encode(), forgery_token.encode()):
        raise ForgedForm("The page that it stood on has grown old.")


def refuse_foreign(request: Request) -> None:
    """Raise ForgedForm where the browser says that a request comes from another site."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in _OWN_SITES:
        raise ForgedForm("It came from another site.")
    if site is None and origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
        raise ForgedForm("It came from another site.")
