"""A plugin of pytest's: what is tested is loaded first, as the service loads it, with the collector at rest.

It is no part of the package's own module: a process that a test starts loads what it runs, and not the whole service.
"""

from app.ground.loading import loaded

loaded("app.main:create_app")
