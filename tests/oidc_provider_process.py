"""What runs in the provider's own environment, as `python oidc_provider_process.py`: Canaille, with nothing on disk.

Standard input has one JSON object: the client (`client_id`, `client_secret`, `redirect_uris`) and `accounts`, each with
the attributes that Canaille gives a user. Standard output has one line, the issuer's URL, when it listens.
"""

import json
import secrets
import socket
import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from flask import Flask
from werkzeug.serving import make_server


def configured(address: str) -> Flask:
    """The provider at an address of the loopback: passwords alone, mails to nobody."""
    return create_app(
        {
            "SECRET_KEY": secrets.token_hex(32),
            "SERVER_NAME": address,
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {
                "DATABASE": "memory",
                "SMTP": None,
                "LANGUAGE": "en",
                "JAVASCRIPT": False,
                "LOGGING": {"version": 1, "root": {"level": "ERROR"}, "loggers": {"werkzeug": {"level": "ERROR"}}},
            },
            "CANAILLE_OIDC": {"REQUIRE_NONCE": True},
        }
    )


def store(client: dict[str, object], accounts: list[dict[str, object]]) -> None:
    """Register the client, and open the accounts."""
    registered = models.Client(
        client_name="Fieldproof",
        client_uri="http://127.0.0.1",  # of those that are trusted: nobody is asked whether they consent
        scope=["openid", "profile", "email"],
        response_types=["code"],
        grant_types=["authorization_code"],
        token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg="RS256",  # what the standard says where a client says nothing
        **client,
    )
    Backend.instance.save(registered)
    registered.audience = [registered]
    Backend.instance.save(registered)
    for account in accounts:
        Backend.instance.save(models.User(**account))


def main() -> None:
    """Serve until ended."""
    order = json.load(sys.stdin)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        app = configured(f"{host}:{port}")
        with app.app_context():
            store(order["client"], order["accounts"])
        server = make_server(host, port, app, threaded=True, fd=listening.fileno())
        print(f"http://{host}:{port}", flush=True)  # noqa: T201 # the answer
        server.serve_forever()


if __name__ == "__main__":
    main()
