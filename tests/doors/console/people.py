"""Members of staff of one test's own, in the demo: their passwords and second factors are nobody else's."""

from dataclasses import dataclass

import httpx
import pyotp

from app.demo import accounts
from app.demo.connection import Connection
from app.ground import clock
from tests.doors.console.browsing import Visitor

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Person:
    """A supervisor of Patras. `secret`: what the authenticator knows, where there is one."""

    name: str
    secret: str = ""
    recovery_codes: tuple[str, ...] = ()

    def code(self, seconds: int = 0) -> str:
        """What the authenticator shows, so many seconds from now."""
        return pyotp.TOTP(self.secret).at(int(clock.now().timestamp()) + seconds)


async def hire(console: str, name: str) -> Person:
    """Somebody who has just got a password."""
    async with httpx.AsyncClient(base_url=console) as http:
        admin = await Connection.log_in(http, accounts.ADMIN, accounts.PASSWORD)
        body = {"username": name, "password": PASSWORD, "role": "supervisor", "territory_codes": ["PATRAS"]}
        await admin.post("/v1/users", body)
    return Person(name)


async def equip(console: str, name: str) -> Person:
    """Somebody with a second factor."""
    await hire(console, name)
    async with httpx.AsyncClient(base_url=console) as http:
        own = await Connection.log_in(http, name, PASSWORD)
        begun = await own.post("/v1/me/second-factor", {"current_password": PASSWORD})
        code = Person(name, begun["secret"]).code(seconds=-30)
        confirmed = await own.post("/v1/me/second-factor/confirm", {"code": code})
    return Person(name, begun["secret"], tuple(confirmed["recovery_codes"]))


async def type_in(visitor: Visitor, person: Person, password: str = PASSWORD) -> None:
    """Fill in name and password, and send them."""
    await visitor.page.fill("#username", person.name)
    await visitor.page.fill("#password", password)
    await visitor.page.get_by_role("button", name="Sign in", exact=True).click()
