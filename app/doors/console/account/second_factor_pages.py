"""Setting up a second factor, and removing it: the only pages of who must have one and has none."""

from urllib.parse import parse_qs, urlsplit

from fastapi import Response

from app.doors.console.account.own_forms import shown_in_form
from app.doors.console.api_calls import ApiRefusal
from app.doors.console.forms import SentForm
from app.doors.console.pages import AnyonesPage, ConsolePage, SetUpPage, console_router
from app.doors.console.qr_pictures import qr_picture

router = console_router()

ADDRESS = "/console/me/second-factor"
LONGEST_URI = 500
_SCHEME = "otpauth://totp/"


@router.get("/me/second-factor")
async def show_second_factor(page: SetUpPage) -> Response:
    """How it stands, and the form that begins to set one up, or removes it."""
    return await _state_page(page)


@router.post("/me/second-factor")
async def begin_second_factor(page: SetUpPage) -> Response:
    """Show a new secret to who knows the password."""
    form = await page.form()
    try:
        new = await page.api.post("/v1/me/second-factor", {"current_password": form.raw("current_password")})
    except ApiRefusal as refused:
        return await _state_page(page, shown_in_form(refused))
    return _secret_page(page, new["uri"])


@router.post("/me/second-factor/confirm")
async def confirm_second_factor(page: SetUpPage) -> Response:
    """Let it hold by a code, and show the recovery codes, this once."""
    form = await page.form()
    try:
        confirmed = await page.api.post("/v1/me/second-factor/confirm", {"code": form.raw("code").strip()})
    except ApiRefusal as refused:
        refusal, uri = shown_in_form(refused), _uri_of(form)
        if refusal.status == 409 or uri is None:
            return await _state_page(page, refusal)
        return _secret_page(page, uri, refusal)
    return page.render("account/recovery_codes.html", codes=confirmed["recovery_codes"])


@router.post("/me/second-factor/remove")
async def remove_second_factor(page: AnyonesPage) -> Response:
    """Take it away from who knows the password and has a code."""
    form = await page.form()
    body = {"current_password": form.raw("current_password"), "code": form.raw("code").strip()}
    try:
        await page.api.post("/v1/me/second-factor/remove", body)
    except ApiRefusal as refused:
        return await _state_page(page, shown_in_form(refused))
    return page.redirect("/me", notice="second_factor_removed")


async def _state_page(page: ConsolePage, refusal: ApiRefusal | None = None) -> Response:
    return page.render(
        "account/second_factor.html",
        status=refusal.status if refusal else 200,
        factor=await page.api.get("/v1/me/second-factor"),
        zone=page.preferences.zone or "UTC",
        problem=refusal,
    )


def _secret_page(page: ConsolePage, uri: str, refusal: ApiRefusal | None = None) -> Response:
    """The server tells a secret once: where the code was wrong, the form has brought it along."""
    return page.render(
        "account/new_second_factor.html",
        status=refusal.status if refusal else 200,
        uri=uri,
        secret=_secret_of(uri),
        picture=qr_picture(uri),
        problem=refusal,
    )


def _uri_of(form: SentForm) -> str | None:
    uri = form.raw("uri")
    return uri if uri.startswith(_SCHEME) and len(uri) <= LONGEST_URI and _secret_of(uri) else None


def _secret_of(uri: str) -> str:
    """A URI's secret in groups of four, as it is typed off."""
    secret = next(iter(parse_qs(urlsplit(uri).query).get("secret", ())), "")
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
