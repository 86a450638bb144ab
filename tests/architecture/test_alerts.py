"""The alarms ask for metrics that there are."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import app.main

RULES = Path(__file__).resolve().parents[2] / "docs/alerts.yaml"
OPERATIONS = RULES.with_name("operations.md")


@pytest.fixture(scope="module")
def alarms() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def test_every_metric_that_an_alarm_asks_for_exists(alarms: list[dict[str, Any]]) -> None:
    assert app.main.ROUTERS
    importlib.import_module("scheduler.process")
    parts = {"gauge": [""], "counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    names = {metric.name + part for metric in REGISTRY.collect() for part in parts.get(metric.type, [])}
    asked = {name for alarm in alarms for name in re.findall(r"fieldproof_\w+", alarm["expr"])}
    assert asked
    assert asked - names == set()


def test_every_alarm_says_what_it_is_about_and_the_page_what_to_do(alarms: list[dict[str, Any]]) -> None:
    page = OPERATIONS.read_text("utf-8")
    for alarm in alarms:
        assert alarm["labels"]["severity"] in {"page", "ticket"}
        assert alarm["annotations"]["summary"]
        assert re.search(rf"^\| .*\b{alarm['alert']}\b.* \|", page, re.MULTILINE), alarm["alert"]
