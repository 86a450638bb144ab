"""The desk of week plans, at which plans are made as well."""

from tests.planning.week_plans.conftest import desk

__all__ = ["desk"]
