"""The tests. What they test is loaded as the service loads it, with the collector at rest: a process begins sooner."""

from app.ground.loading import loaded

loaded("app.main:create_app")
