"""The map, outlets and the search."""

from tests.doors.console.page_table import PageLine

PAGES = [
    PageLine("map", "supervisor", "/console/map?date=2026-11-27"),
    PageLine("map-rep", "supervisor", "/console/map?date=2026-11-27&rep_code=PAT-R3"),
    PageLine("outlets", "supervisor", "/console/outlets"),
    PageLine("outlets-operator", "operator", "/console/outlets"),
    PageLine("outlet", "supervisor", "/console/outlets/PAT-0042"),
    PageLine("outlet-operator", "operator", "/console/outlets/PAT-0042"),
    PageLine("search", "supervisor", "/console/search?q=PAT-00"),
    PageLine("search-operator", "operator", "/console/search?q=nothing"),
]
