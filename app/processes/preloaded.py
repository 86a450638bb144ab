"""What the fork server of the API's workers loads, once for all of them: a fork of it serves at once (decision 44)."""

from app.ground.loading import loaded

loaded("app.main:from_environment")
