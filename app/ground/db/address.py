"""Where the database is: the operator's own, or the private cluster. It holds no driver: see `owners` for the roles."""

from app.ground.private_cluster.cluster import Cluster
from app.ground.settings import Settings


def database_url(settings: Settings) -> str:
    """The database for the service. Without one, the private cluster's, which is started where it does not run."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return Cluster(settings.home).ensure_running()
