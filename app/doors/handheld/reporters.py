"""Who uploads and downloads: the caller's device, and whose it is."""

from uuid import UUID

from app.ground.errors import Forbidden
from app.ground.values import value
from app.ground.web.access import Caller


@value(frozen=True, slots=True)
class Reporter:
    """The device that uploads, and whose it is."""

    device_id: UUID
    rep_id: int
    rep_code: str
    territory_id: int

    @property
    def actor(self) -> str:
        """The device in records of who did what."""
        return f"device:{self.rep_code}"


def reporter_of(caller: Caller) -> Reporter:
    """The device that calls. Raises Forbidden for any other caller."""
    if caller.device_id is None or caller.rep_id is None or caller.rep_code is None or not caller.territory_ids:
        raise Forbidden("This is for a rep's device.")
    (territory_id,) = caller.territory_ids
    return Reporter(caller.device_id, caller.rep_id, caller.rep_code, territory_id)
