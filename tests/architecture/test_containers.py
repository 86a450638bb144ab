"""The container files say what they must; where there is an engine, CI can also build them."""

import itertools
import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from app.cli import cli

REPOSITORY = Path(__file__).resolve().parents[2]
INSTRUCTIONS = {
    "FROM", "LABEL", "RUN", "COPY", "ENV", "USER", "WORKDIR", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD",
}  # fmt: skip


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continuation lines joined."""
    text = re.sub(r"^#.*\n", "", (REPOSITORY / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(name, " ".join(arguments.split())) for name, arguments in found]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    return loaded


def arguments_of(instructions: list[tuple[str, str]], name: str) -> list[str]:
    return [arguments for found, arguments in instructions if found == name]


def in_build_context(source: str) -> bool:
    """Whether .dockerignore lets a path through: the last pattern that matches it decides."""
    let_through = True
    for pattern in (REPOSITORY / ".dockerignore").read_text().splitlines():
        if pattern and not pattern.startswith("#") and fnmatch(source, pattern.removeprefix("!")):
            let_through = pattern.startswith("!")
    return let_through


def test_the_dockerfile_knows_only_instructions_that_were_thought_of(instructions: list[tuple[str, str]]) -> None:
    assert {name for name, _ in instructions} <= INSTRUCTIONS


def test_base_images_name_their_version(instructions: list[tuple[str, str]]) -> None:
    for image in arguments_of(instructions, "FROM"):
        assert re.match(r"python:3\.\d+-slim-\w+( AS \w+)?$", image)


def test_the_container_does_not_run_as_root(instructions: list[tuple[str, str]]) -> None:
    assert int(arguments_of(instructions, "USER")[-1]) > 0


def test_the_process_gets_signals_itself_and_is_asked_for_its_health(instructions: list[tuple[str, str]]) -> None:
    assert json.loads(arguments_of(instructions, "CMD")[-1])[:2] == ["fieldproof", "serve"]
    assert "/healthz" in json.loads(arguments_of(instructions, "HEALTHCHECK")[-1].split(" CMD ")[1])[-1]


def test_whatever_is_copied_exists_and_is_in_the_build_context(instructions: list[tuple[str, str]]) -> None:
    for arguments in arguments_of(instructions, "COPY"):
        *sources, _target = [word for word in arguments.split() if not word.startswith("--")]
        for source in sources if "--from=" not in arguments else []:
            assert (REPOSITORY / source).exists(), source
            assert in_build_context(source), source


def test_whatever_is_installed_is_pinned_by_hash_or_built_here(instructions: list[tuple[str, str]]) -> None:
    commands = re.split(r" && ", " && ".join(arguments_of(instructions, "RUN")))
    installing = [command for command in commands if re.search(r"\bpip\b.* (install|wheel) ", command)]
    assert len(installing) == 4
    for command in installing:
        assert "--no-deps" in command
        assert "--require-hashes" in command or "--no-index" in command


def test_the_image_has_no_program_that_installs_others(instructions: list[tuple[str, str]]) -> None:
    assert "python -m venv --without-pip /opt/fieldproof" in arguments_of(instructions, "RUN")[0]


def test_compose_runs_the_database_the_migration_the_api_and_the_scheduler(compose: dict[str, Any]) -> None:
    assert compose["services"].keys() == {"database", "roles", "migrate", "api", "scheduler"}


def test_services_wait_for_a_healthy_database_and_a_finished_migration(compose: dict[str, Any]) -> None:
    for name in ("api", "scheduler"):
        assert compose["services"][name]["depends_on"] == {
            "database": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }


def test_services_come_back_and_the_migration_runs_once(compose: dict[str, Any]) -> None:
    policies = {name: service["restart"] for name, service in compose["services"].items()}
    assert (policies.pop("roles"), policies.pop("migrate")) == ("no", "no")
    assert set(policies.values()) == {"unless-stopped"}


def test_secrets_come_from_the_environment_and_have_no_default(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|SECRET|DATABASE_URL", name):
                assert re.search(r"\$\{\w+:\?", value), name


def test_what_serves_knows_neither_the_owners_password_nor_the_administrators(compose: dict[str, Any]) -> None:
    for name in ("api", "scheduler"):
        told = json.dumps(compose["services"][name])
        assert "FIELDPROOF_SERVICE_PASSWORD" in told
        assert "FIELDPROOF_OWNER_PASSWORD" not in told
        assert "FIELDPROOF_DATABASE_PASSWORD" not in told
    assert "FIELDPROOF_DATABASE_PASSWORD" not in json.dumps(compose["services"]["migrate"])


def test_the_schedulers_metrics_can_be_scraped_and_the_proxy_is_believed(compose: dict[str, Any]) -> None:
    scheduler = compose["services"]["scheduler"]["environment"]
    assert scheduler["FIELDPROOF_SCHEDULER_METRICS_HOST"] == "0.0.0.0"
    assert int(scheduler["FIELDPROOF_SCHEDULER_METRICS_PORT"])
    [network] = compose["networks"]["default"]["ipam"]["config"]
    assert compose["services"]["api"]["environment"]["FORWARDED_ALLOW_IPS"] == network["gateway"]


def test_only_the_api_is_published_and_only_to_this_machine(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"api": ["127.0.0.1:8000:8000"]}


@pytest.mark.parametrize("service", ["roles", "migrate", "api", "scheduler"])
def test_the_commands_of_the_services_exist_with_their_options(compose: dict[str, Any], service: str) -> None:
    program, *words = compose["services"][service]["command"]
    command = list(itertools.takewhile(lambda word: not word.startswith("--"), words))
    options = words[len(command) :]
    answer = CliRunner().invoke(cli, [*command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert program == "fieldproof"
    assert answer.exit_code == 0
    assert all(option in answer.output for option in options if option.startswith("--"))
