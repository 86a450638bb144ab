"""What a download must tell and the masters no longer know."""

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import CURRENT_XACT, Base


class OutletDeparture(Base):
    """An outlet that left a territory, written by a trigger on `outlets`: its reps' handhelds are to forget it."""

    __tablename__ = "outlet_departures"
    __table_args__ = (Index("ix_outlet_departures_territory_id_left_in", "territory_id", "left_in"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    territory_id: Mapped[int]
    outlet_code: Mapped[str]
    left_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_XACT)
