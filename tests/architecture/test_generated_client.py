"""A client in Python is generated from the contract, for every operation and with no complaint."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

OPENAPI = Path(__file__).resolve().parents[2] / "openapi"
CONTRACT, CONFIG = OPENAPI / "openapi.json", OPENAPI / "openapi-python-client.yaml"
TOOLS = Path(sys.prefix) / "client-generator" / "bin"
"""An environment of its own beside the tests': the generator wants an older typer than the program."""

_IMPORT_ALL = """
import importlib, pkgutil, fieldproof_client
names = [module.name for module in pkgutil.walk_packages(fieldproof_client.__path__, "fieldproof_client.")]
print(*sorted(names))
for name in names:
    importlib.import_module(name)
"""
_CALL = """
import json, sys
import httpx
from fieldproof_client import AuthenticatedClient, models
from fieldproof_client.api.handheld import upload
from fieldproof_client.api.orders import get_order

order_id, sent, received, missing = sys.argv[1], *map(json.loads, sys.argv[2:])
answers = {"/v1/sync": (200, received), f"/v1/orders/{order_id}": (404, missing)}

def answer(request):
    assert request.headers["Authorization"] == "Bearer secret"
    status, content = answers[request.url.path]
    return httpx.Response(status, json=content)

client = AuthenticatedClient("http://test", "secret", httpx_args={"transport": httpx.MockTransport(answer)})
body = models.UploadBody.from_dict(sent)
assert [type(event).__name__ for event in body.events] == ["CheckInEventBody", "OrderEventBody", "NoOrderEventBody"]
results = upload.sync(client=client, body=body).results
assert results[0].status is models.EventStatus.ACCEPTED
assert results[0].verdict.code is models.GeofenceVerdict.INSIDE
assert get_order.sync(order_id, client=client).type_ is models.ProblemType.NOT_FOUND
"""


def run(*command: str | Path, folder: Path) -> str:
    """What a command of the generator's environment prints; it must succeed."""
    environment = os.environ | {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    arguments = [str(part) for part in command]
    done = subprocess.run(arguments, check=False, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return json.loads(CONTRACT.read_text())  # type: ignore[no-any-return]  # JSON


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a client that was generated without a word of complaint."""
    folder = tmp_path_factory.mktemp("generated")
    generate: list[str | Path] = [TOOLS / "openapi-python-client", "generate", "--path", CONTRACT, "--config", CONFIG]
    output = run(*generate, "--output-path", folder / "client", "--fail-on-warning", folder=folder)
    assert re.fullmatch(r"Generating \S+\s*", output), output
    return folder / "client"


def test_every_operation_has_a_function_and_all_of_it_can_be_imported(client: Path, contract: dict[str, Any]) -> None:
    modules = run(TOOLS / "python", "-W", "error", "-c", _IMPORT_ALL, folder=client).split()
    functions = [re.fullmatch(r"fieldproof_client\.api\.\w+\.(\w+)", name) for name in modules]
    operations = {operation["operationId"] for item in contract["paths"].values() for operation in item.values()}
    assert {function[1] for function in functions if function} == operations


def test_it_sends_events_by_their_type_and_reads_answers_and_problems(client: Path, contract: dict[str, Any]) -> None:
    schemas, responses = contract["components"]["schemas"], contract["components"]["responses"]
    missing = responses["NotFound"]["content"]["application/problem+json"]["example"]
    values: list[Any] = [schemas["UploadBody"]["examples"][0], schemas["UploadAnswer"]["examples"][0], missing]
    order_id = schemas["OrderAnswer"]["examples"][0]["id"]
    run(TOOLS / "python", "-c", _CALL, order_id, *(json.dumps(value) for value in values), folder=client)
