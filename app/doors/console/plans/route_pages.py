"""A rep's day as a route: on the map, as a list with times, and as files for navigators."""

from datetime import timedelta
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import JSONResponse

from app.doors.console.pages import SupervisorsPage, console_router
from app.doors.console.plans.loads import hours_of
from app.doors.console.plans.plan_data import plan_address, plan_of, rep_address, route_address
from app.doors.console.plans.route_stops import track_of
from app.doors.console.plans.week_days import week_days
from app.ground.web.fields import Day
from app.planning.week_plans.iso_weeks import iso_week_of

router = console_router()

GEOJSON, GPX = "application/geo+json", "application/gpx+xml"


@router.get("/plans/{rep_code}/routes/{day}.geojson")
async def route_as_geojson(page: SupervisorsPage, rep_code: str, day: Day) -> Response:
    """The data of the map."""
    file = await page.api.file(rep_address(rep_code, f"routes/{day}.geojson"), GEOJSON)
    return Response(file.content, media_type=GEOJSON)


@router.get("/plans/{rep_code}/routes/{day}.json")
async def route_stops(page: SupervisorsPage, rep_code: str, day: Day) -> Response:
    """The stops of the route, as maps draw a rep's day (`static/map.js`): those whose place is known."""
    rep = await page.api.get(rep_address(rep_code))
    territory = await page.api.get(f"/v1/territories/{quote(rep['territory_code'], safe='')}")
    route = await page.api.get(rep_address(rep_code, f"routes/{day}.geojson"))
    return JSONResponse(track_of(route, rep["code"], territory["time_zone"]))


@router.get("/plans/{rep_code}/routes/{day}.gpx")
async def route_as_gpx(page: SupervisorsPage, rep_code: str, day: Day) -> Response:
    """The day as a file for a navigator."""
    file = await page.api.file(rep_address(rep_code, f"routes/{day}.gpx"), GPX)
    headers = {"Content-Disposition": file.headers["content-disposition"]}
    return Response(file.content, media_type=GPX, headers=headers)


@router.get("/plans/{rep_code}/routes/{day}")
async def show_route(page: SupervisorsPage, rep_code: str, day: Day) -> Response:
    """A day's route on the map, with its stops beside it."""
    week = iso_week_of(day)
    rep = await page.api.get(rep_address(rep_code))
    territory = await page.api.get(f"/v1/territories/{quote(rep['territory_code'], safe='')}")
    plan = await plan_of(page, rep_code, week)
    room = hours_of(await page.api.get(rep_address(rep_code, "workday"))).room
    days = week_days(plan, room, page.now.date().isoformat()) if plan else []
    return page.render(
        "plans/route.html",
        rep=rep,
        zone=territory["time_zone"],
        week=week,
        day=day,
        plan_day=next((each for each in days if each.date == day.isoformat()), None),
        address=plan_address(rep_code, week),
        line=route_address(rep_code, day, ".geojson"),
        stops=route_address(rep_code, day, ".json"),
        file=route_address(rep_code, day, ".gpx"),
        before=route_address(rep_code, day - timedelta(days=1)),
        after=route_address(rep_code, day + timedelta(days=1)),
    )
