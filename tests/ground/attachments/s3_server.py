"""A server that speaks S3 (moto's), in a process and an environment of its own, and checks signatures as AWS does."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx

from app.ground.storage_places import Bucket
from tests.processes import ENDING_WITH_US

PYTHON = Path(sys.prefix) / "s3-server" / "bin" / "python"
"""An environment beside the tests' own: moto wants an older python-dateutil than the program."""
BUCKET = "field"
_SERVE = "from moto.server import main; main(['-H', '127.0.0.1', '-p', '0'])"
_ADDRESS = re.compile(r"Running on (http://\S+)")
_UNSIGNED = 1_000_000
_POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
_TO_IAM = {
    # not looked at before `reset-auth`; its scope says which service is meant
    "Authorization": "AWS4-HMAC-SHA256 Credential=none/20261123/us-east-1/iam/aws4_request, SignedHeaders=host,"
    " Signature=none"
}


@contextmanager
def serving() -> Iterator[Bucket]:
    """A server with one bucket, and a user who may do everything there: whoever else asks is refused."""
    command = [*ENDING_WITH_US, str(PYTHON), "-W", "ignore", "-c", _SERVE]
    environment = {"INITIAL_NO_AUTH_ACTION_COUNT": str(_UNSIGNED), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _prepared(_address_of(process))
        finally:
            process.terminate()
            process.communicate()


def _address_of(process: subprocess.Popen[str]) -> str:
    told = []
    for line in process.stderr or ():
        told.append(line)
        if match := _ADDRESS.search(re.sub(r"\x1b\[[0-9;]*m", "", line)):
            return match[1]
    raise RuntimeError(f"moto did not start: {''.join(told)}")


def _prepared(address: str) -> Bucket:
    with httpx.Client(base_url=address) as client:
        client.put(f"/{BUCKET}").raise_for_status()
        _ask_iam(client, Action="CreateUser", UserName="fieldproof")
        _ask_iam(client, Action="PutUserPolicy", UserName="fieldproof", PolicyName="all", PolicyDocument=_POLICY)
        keys = _ask_iam(client, Action="CreateAccessKey", UserName="fieldproof")
        client.post("/moto-api/reset-auth", content=b"0").raise_for_status()
    return Bucket(BUCKET, "attachments", address, "us-east-1", keys["AccessKeyId"], keys["SecretAccessKey"])


def _ask_iam(client: httpx.Client, **form: str) -> dict[str, str]:
    answer = client.post("/", data=form | {"Version": "2010-05-08"}, headers=_TO_IAM).raise_for_status()
    return {element.tag.rpartition("}")[2]: element.text or "" for element in ET.fromstring(answer.text).iter()}
