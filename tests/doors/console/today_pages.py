"""The page of the day."""

from tests.doors.console.page_table import PageLine

PAGES = [
    PageLine("today", "supervisor", "/console/today?date=2026-11-27", narrow=True),
    PageLine("today-off", "supervisor", "/console/today?date=2026-11-28", narrow=True),
]
