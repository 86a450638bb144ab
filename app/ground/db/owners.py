"""Where the database is for the owner of its tables."""

from dataclasses import dataclass

from app.ground.db.session import asyncpg_url
from app.ground.private_cluster.cluster import Cluster
from app.ground.settings import Settings


@dataclass(frozen=True, slots=True)
class OwnersAddress:
    """The database for the owner of its tables, and the role that the service uses; None: the owner's own."""

    url: str
    service_role: str | None


def owners_address(settings: Settings) -> OwnersAddress:
    """The database for migrations. Where one address alone is set, its role is the owner and the service as well."""
    if settings.database_url is None:
        cluster = Cluster(settings.home)
        service_url = cluster.ensure_running()
        url = cluster.owner_url
    else:
        service_url = settings.database_url.get_secret_value()
        url = (settings.owner_database_url or settings.database_url).get_secret_value()
    service_role = asyncpg_url(service_url).username
    return OwnersAddress(url, None if service_role == asyncpg_url(url).username else service_role)
