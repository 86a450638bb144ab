"""Terms by trade channel: what holds for its outlets where nothing else was agreed."""

from functools import partial
from typing import Annotated, Any

from fastapi import Query, Response

from app.doors.console.api_calls import Json, segment
from app.doors.console.forms import SentForm
from app.doors.console.pages import AdminsPage, console_router
from app.doors.console.setup import records
from app.doors.console.setup.outlets import MOST_OFFERED
from app.doors.console.setup.records import RecordForm
from app.doors.console.setup.terms_bodies import PARTIES, WEEKDAY_SETS, terms_of
from app.ground.web.fields import TradeChannel

router = console_router()


@router.get("/setup/channel-terms")
async def show_channels(page: AdminsPage, cursor: Annotated[str | None, Query(max_length=500)] = None) -> Response:
    """The channels that have terms."""
    listed = await page.api.get("/v1/channel-terms", cursor=cursor)
    return page.render(
        "setup/channels.html",
        channels=listed["items"],
        next_cursor=listed["next_cursor"],
        zone=page.preferences.zone or "UTC",
    )


@router.get("/setup/new-channel-terms")
async def begin_channel(page: AdminsPage, channel: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The form for a channel that has none yet."""
    return await _form_page(page, records.blank(channel=channel))


@router.post("/setup/new-channel-terms")
async def make_channel(page: AdminsPage) -> Response:
    """Make them."""
    form = await page.form()
    return await _put(page, form, form.raw("channel").strip())


@router.get("/setup/channel-terms/{channel}")
async def show_channel(page: AdminsPage, channel: TradeChannel) -> Response:
    """The terms of a channel as a form."""
    return await _form_page(page, records.opened(await _terms(page, channel)))


@router.post("/setup/channel-terms/{channel}")
async def change_channel(page: AdminsPage, channel: TradeChannel) -> Response:
    """Change them."""
    return await _put(page, await page.form(), channel)


@router.get("/setup/channel-terms/{channel}/versions")
async def show_versions(
    page: AdminsPage, channel: TradeChannel, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """What they were, from when, by whom."""
    listed = await page.api.get(f"/v1/channel-terms/{segment(channel)}/versions", cursor=cursor)
    return page.render(
        "setup/terms_versions.html",
        name=channel,
        back=f"/console/setup/channel-terms/{segment(channel)}",
        list_address="/console/setup/channel-terms",
        of_channel=True,
        is_first_page=cursor is None,
        versions=listed["items"],
        next_cursor=listed["next_cursor"],
        zone=page.preferences.zone or "UTC",
    )


async def _put(page: AdminsPage, form: SentForm, channel: str) -> Response:
    path = f"/v1/channel-terms/{segment(channel)}"
    audited = ("channel_terms", channel)
    refused = await records.put(page, path, terms_of(form), form, audited=audited, read=partial(_terms, page, channel))
    if refused is not None:
        return await _form_page(page, refused, channel)
    return page.redirect(f"/setup/channel-terms/{segment(channel)}", notice="saved")


async def _terms(page: AdminsPage, channel: str) -> Json:
    """The terms of a channel, without who put them when."""
    terms: dict[str, Any] = await page.api.get(f"/v1/channel-terms/{segment(channel)}")
    return {name: value for name, value in terms.items() if name not in {"valid_from", "changed_by"}}


async def _form_page(page: AdminsPage, sheet: RecordForm, channel: str = "") -> Response:
    return page.render(
        "setup/channel.html",
        status=sheet.status,
        sheet=sheet,
        channel_terms={"channel": channel} | sheet.values,
        products=(await page.api.get("/v1/products", active=True, limit=MOST_OFFERED))["items"],
        parties=PARTIES,
        weekday_sets=WEEKDAY_SETS,
        problem=sheet.problem,
    )
