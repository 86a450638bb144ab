"""The pages of signing in, and of one's own account."""

from tests.doors.console.page_table import PageLine

PAGES = [
    PageLine("sign-in", None, "/console/sign-in", narrow=True),
    PageLine("account", "supervisor", "/console/me", narrow=True),
    PageLine("account-second-factor", "operator", "/console/me/second-factor", narrow=True),
]
