"""The pages of reviews."""

from app.demo.connection import Connection
from tests.doors.console.page_table import Find, PageLine


def _a_doubt(rule: str, status: str = "open") -> Find:
    async def found_at(admin: Connection) -> str:
        signals = (await admin.get("/v1/risk-signals", rule=rule, status=status, order="oldest"))["items"]
        return f"/console/review/{signals[0]['id']}?status={status}"

    return found_at


PAGES = [
    PageLine("review", "supervisor", "/console/review", narrow=True),
    PageLine("review-reviewed", "supervisor", "/console/review?status=reviewed", narrow=True),
    PageLine("review-of-all", "admin", "/console/review?rule=mock_location"),
    PageLine("review-mean", "supervisor", _a_doubt("averaged_order"), narrow=True),
    PageLine("review-spot", "supervisor", _a_doubt("one_spot"), narrow=True),
    PageLine("review-precision", "supervisor", "/console/review/precision"),
]
