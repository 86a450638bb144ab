"""Tryton: an ERP's sale, created through JSON-RPC by a user who has logged in."""

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import orjson

from benchmarks.forms import Post
from benchmarks.peers.peer import (
    HERE,
    OUTLETS,
    PORT,
    PRODUCTS,
    REPS,
    WORKERS,
    Peer,
    Place,
    endless_orders,
    environment,
    handhelds,
    make_environment,
    run,
    serving,
)
from benchmarks.servers import Served

DRAFTS = 1_500
"""Sales that wait to be quoted: more than are."""


class Tryton(Peer):
    """`model.sale.sale.create` with lines: what a client sends after it has filled in the form."""

    name = "Tryton, a draft sale"
    database = "tryton"
    orders_recorded = "sale_sale"
    most_a_second = 200
    scheme = "Session"

    def __init__(self) -> None:
        self._masters: dict[str, Any] = {}
        self._sessions: list[str] = []

    def install(self, installed: Path) -> None:
        """Into an environment of its own."""
        make_environment(installed, "tryton")

    def set_up(self, place: Place) -> None:
        """The module `sale` and what it needs, masters by Tryton's own models, and all users logged in.

        What takes a minute or two is kept beside what is installed, and restored the next time.
        """
        place.make_database(self.database)
        dump, masters = (place.installed / "tryton" / name for name in ("masters.dump", "masters.json"))
        if not masters.exists():
            told = self._fill(place)
            place.cluster.run("pg_dump", "--format=custom", f"--file={dump}", database=self.database)
            masters.write_text(told)
        else:
            place.cluster.run("pg_restore", f"--dbname={self.database}", str(dump))
        self._masters = json.loads(masters.read_text())
        with self.serve(place), httpx.Client(base_url=place.address, timeout=60) as client:
            self._sessions = [self._log_in(client, f"R{number}") for number in range(1, REPS + 1)]

    def _fill(self, place: Place) -> str:
        """What `tryton_masters.py` tells, and the users' password."""
        password = secrets.token_urlsafe()
        variables = self._variables(place)
        Path(variables["TRYTONPASSFILE"]).write_text(password)
        programs = place.installed / "tryton/bin"
        administer = [programs / "trytond-admin", "-d", self.database, "--email=admin@example.com"]
        run([*administer, "--update=sale", "--activate-dependencies"], variables)
        masters = [programs / "python", HERE / "tryton_masters.py", place.url(self.database), password]
        self._masters = json.loads(run([*masters, REPS, OUTLETS, PRODUCTS], variables)) | {"password": password}
        return json.dumps(self._masters | {"drafts": self._drafts(place)})

    def _drafts(self, place: Place) -> list[int]:
        """The ids of sales that wait to be quoted."""
        with self.serve(place), httpx.Client(base_url=place.address, timeout=600) as client:
            session = self._log_in(client, "R1")
            forms = endless_orders(handhelds([session]))
            headers = {"Authorization": f"{self.scheme} {session}", "Content-Type": "application/json"}
            drafts: list[int] = []
            while len(drafts) < DRAFTS:
                sales = [self._sale(orjson.loads(post.body)) for post in islice(forms, 50)]
                answer = client.post(self._path, content=self._call("create", sales), headers=headers)
                drafts += answer.raise_for_status().json()["result"]
        return drafts

    def serve(self, place: Place) -> AbstractContextManager[Served]:
        """By gunicorn."""
        command = [
            *(place.installed / "tryton/bin/gunicorn", "--workers", WORKERS, "--threads", 8),
            *("--bind", f"127.0.0.1:{PORT}", "trytond.application:app"),
        ]
        return serving(place, command, self._variables(place), "tryton", "/")

    def posts(self, place: Place) -> Iterator[Post]:  # noqa: ARG002  # any place will do
        """Each user's, with a session of its own."""
        for post in endless_orders(handhelds(self._sessions)):
            yield Post(post.token, self._path, self._call("create", [self._sale(orjson.loads(post.body))]))

    @property
    def _path(self) -> str:
        return f"/{self.database}/rpc/"

    def _call(self, method: str, argument: list[Any]) -> bytes:
        context = {"company": self._masters["company"], "language": "en"}
        return orjson.dumps({"id": 1, "method": f"model.sale.sale.{method}", "params": [argument, context]})

    def _log_in(self, client: httpx.Client, login: str) -> str:
        """What stands behind `Session` in the header."""
        call = {"id": 1, "method": "common.db.login", "params": [login, {"password": self._masters["password"]}, "en"]}
        user, session, *_ = client.post(self._path, json=call).raise_for_status().json()["result"]
        return base64.b64encode(f"{login}:{user}:{session}".encode()).decode()

    def _sale(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """An order form as Tryton's clients send a sale."""
        party, address = self._masters["parties"][int(form["outlet_code"][1:]) - 1]
        year, month, day = map(int, form["delivery_date"].split("-"))
        lines = [
            {
                "type": "line",
                "sequence": sequence,
                "product": self._masters["products"][int(line["product_code"][1:]) - 1],
                "quantity": float(line["quantity"]),
                "unit": self._masters["unit"],
                "unit_price": {"__class__": "Decimal", "decimal": line["unit_price"]},
                "taxes": [["add", [self._masters["tax"]]]],
            }
            for sequence, line in enumerate(form["lines"], start=1)
        ]
        return {
            "reference": form["id"],
            "company": self._masters["company"],
            "party": party,
            "invoice_party": party,
            "invoice_address": address,
            "shipment_party": party,
            "shipment_address": address,
            "currency": self._masters["currency"],
            "payment_term": self._masters["payment_term"],
            "warehouse": self._masters["warehouse"],
            "shipping_date": {"__class__": "date", "year": year, "month": month, "day": day},
            "comment": form["comment"],
            "lines": [["create", lines]],
        }

    def _variables(self, place: Place) -> dict[str, str]:
        return environment(
            place,
            TRYTOND_DATABASE_URI=place.url(""),
            TRYTOND_DATABASE_NAMES=self.database,
            TRYTONPASSFILE=str(place.home / "tryton.password"),
        )


class QuotingTryton(Tryton):
    """`model.sale.sale.quote`: a draft is checked, and gets its number. To be added to its creation."""

    name = "Tryton, quoting a draft"
    database = "tryton_quoting"
    orders_recorded = "sale_sale WHERE state = 'quotation'"
    most_a_second = 60

    def set_up(self, place: Place) -> None:
        """The same, with all drafts."""
        super().set_up(place)
        self._waiting = iter(self._masters["drafts"])

    def posts(self, place: Place) -> Iterator[Post]:  # noqa: ARG002  # any place will do
        """Each draft once in all rounds."""
        for session, draft in zip(cycle(self._sessions), self._waiting, strict=False):
            yield Post(session, self._path, self._call("quote", [draft]))
