"""What the four reps do on a day, as events of their handhelds: a pure function of the seed and the plan."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import cos, radians
from random import Random
from typing import Any

from app.demo.calendar import local_time, working_day_after
from app.demo.history import Habit, Packs
from app.demo.products import DemoProduct, line_of, random_uuid
from app.demo.shops import METRES_A_DEGREE, Shop

R68_OVER_SIGMA = 1.5095921854516636  # sqrt(-2 ln 0.32): the 68 % radius of a circular Gaussian, in sigmas
HOME = (38.2903, 21.7889)
CAFE = (38.2462, 21.7351)
ORDER_AFTER = timedelta(minutes=9)
LEAVE_AFTER = timedelta(minutes=12)

Event = dict[str, Any]


@dataclass(slots=True)
class DemoHandheld:
    """One rep's phone: it numbers its events and knows how long it has been on."""

    rep_code: str
    rng: Random
    switched_on: datetime
    sequence: int = 0
    uploaded_to: int = 0
    events: list[Event] = field(default_factory=list)

    @property
    def boot_id(self) -> str:
        """The same until the phone restarts, which it does not that day."""
        return f"{self.rep_code}-boot"

    def monotonic_ms(self, at: datetime) -> int:
        """Milliseconds since it was switched on. In UTC: two times of one zone differ as clocks on the wall do."""
        return round((at.astimezone(UTC) - self.switched_on.astimezone(UTC)).total_seconds() * 1000)

    def record(self, at: datetime, event_type: str, shop: Shop, **content: Any) -> None:
        """Note an event, as the app would, whether or not there is a network."""
        self.sequence += 1
        self.events.append(
            {
                "type": event_type,
                "id": random_uuid(self.rng),
                "sequence": self.sequence,
                "outlet_code": shop.code,
                "captured_at": at.isoformat(),
                "monotonic_ms": self.monotonic_ms(at),
                **content,
            }
        )

    def check_in(self, at: datetime, shop: Shop, kind: str, fix: dict[str, Any]) -> None:
        """Note an arrival or a departure."""
        self.record(at, "check_in", shop, kind=kind, fix=fix)

    def fix(self, at: datetime, lat: float, lon: float, accuracy_m: float, *, mock: bool = False) -> dict[str, Any]:
        """What a phone at (lat, lon) reports: off by the accuracy that it claims. A faked fix is exact."""
        sigma = 0.0 if mock else accuracy_m / R68_OVER_SIGMA
        return {
            "lat": round(lat + self.rng.gauss(0, sigma) / METRES_A_DEGREE, 7),
            "lon": round(lon + self.rng.gauss(0, sigma) / (METRES_A_DEGREE * cos(radians(lat))), 7),
            "accuracy_m": accuracy_m,
            "fix_at": (at - timedelta(seconds=self.rng.randint(1, 8))).isoformat(),
            "provider": "gps" if mock else "fused",
            "mock": mock,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """A visit of the plan: the shop, and when the rep is expected there."""

    shop: Shop
    expected_at: datetime


class Script:
    """One day of the four reps. Each method is one way to spend it; the events come in the order of time."""

    def __init__(self, day: date, products: list[DemoProduct], habits: dict[str, Habit], seed: int) -> None:
        self.day = day
        self.products = {product.code: product for product in products}
        self.habits = habits
        self.seed = seed

    def at(self, hour: int, minute: int = 0) -> datetime:
        """A local time of that day."""
        return local_time(self.day, hour, minute)

    def handheld(self, rep_code: str) -> DemoHandheld:
        """A rep's phone, switched on before work."""
        return DemoHandheld(rep_code, Random(f"{self.seed}/{rep_code}"), self.at(7, 30))

    def ordinary(self, phone: DemoHandheld, walk: list[Call], shut: int | None = None) -> None:
        """A day on which little happens: everywhere, and nearly everywhere an order; `shut`: that stop was closed."""
        for number, (arrived, shop) in enumerate(self._stops(phone, walk)):
            self._arrive(phone, arrived, shop, 7.5)
            if number == shut:
                phone.record(arrived + ORDER_AFTER, "no_order", shop, reason_code="closed")
            elif phone.rng.random() < 0.05:
                phone.record(arrived + ORDER_AFTER, "no_order", shop, reason_code="overstocked")
            else:
                packs = self.habits[shop.code].today(phone.rng)
                self._order(phone, arrived + ORDER_AFTER, shop, packs)
                self.habits[shop.code] = self.habits[shop.code].after(packs)
            self._leave(phone, arrived, shop, 7.5)

    def honest(self, phone: DemoHandheld, walk: list[Call]) -> None:
        """Goes everywhere but to the last two; some do not order, one form is wrong, one arrival has no good GPS."""
        for number, (arrived, shop) in enumerate(self._stops(phone, walk[:-2])):
            accuracy = 180.0 if number == 5 else phone.rng.choice([4.2, 6.0, 8.5, 12.0, 18.0])
            self._arrive(phone, arrived, shop, accuracy)
            if number in (3, 9):
                reason = phone.rng.choice(["overstocked", "decision_maker_absent", "no_money"])
                phone.record(arrived + ORDER_AFTER, "no_order", shop, reason_code=reason)
            elif number != 5:
                packs = self.habits[shop.code].today(phone.rng)
                self._order(phone, arrived + ORDER_AFTER, shop, packs, off_pack=int(number == 7))
            self._leave(phone, arrived, shop, accuracy)

    def offline(self, phone: DemoHandheld, walk: list[Call]) -> None:
        """Goes everywhere, orders nearly everywhere, and has no network until 17:20."""
        for number, (arrived, shop) in enumerate(self._stops(phone, walk)):
            accuracy = phone.rng.choice([5.0, 7.5, 10.0, 14.0])
            self._arrive(phone, arrived, shop, accuracy)
            if number in (4, 10):
                phone.record(arrived + ORDER_AFTER, "no_order", shop, reason_code="closed")
            else:
                self._order(phone, arrived + ORDER_AFTER, shop, self.habits[shop.code].today(phone.rng))
            self._leave(phone, arrived, shop, accuracy)

    def mocking(self, phone: DemoHandheld, walk: list[Call]) -> None:
        """Sits in a café and lets an app report the outlets' own coordinates, every four minutes another one."""
        arrived, shops = self.at(9), [call.shop for call in walk]
        for shop in shops[: len(shops) * 3 // 4]:
            phone.check_in(arrived, shop, "arrival", phone.fix(arrived, shop.lat, shop.lon, 5.0, mock=True))
            if phone.rng.random() < 0.8:
                packs = self.habits[shop.code].today(phone.rng)
                self._order(phone, arrived + timedelta(minutes=2), shop, packs, mock=True)
            arrived += timedelta(minutes=4)
        for shop in shops[len(shops) * 3 // 4 :][:2]:
            phone.check_in(arrived, shop, "arrival", phone.fix(arrived, *CAFE, 6.0))
            arrived += timedelta(minutes=5)

    def from_home(self, phone: DemoHandheld, walk: list[Call]) -> None:
        """Works honestly until half past ten, then goes home and enters means for all that is left but two (O6)."""
        morning = [call for call in walk if call.expected_at < self.at(10, 30)]
        for arrived, shop in self._stops(phone, morning):
            self._arrive(phone, arrived, shop, 9.0)
            self._order(phone, arrived + ORDER_AFTER, shop, self.habits[shop.code].today(phone.rng))
            self._leave(phone, arrived, shop, 9.0)
        at = self.at(14, 5)
        shops = [call.shop for call in walk[len(morning) :]]
        for shop in shops[:-2]:
            self._order(phone, at, shop, self.habits[shop.code].mean(), at_place=HOME)
            at += timedelta(minutes=7)
        for shop in shops[-2:]:
            phone.check_in(at, shop, "arrival", phone.fix(at, *HOME, 11.0))
            at += timedelta(minutes=7)

    def _stops(self, phone: DemoHandheld, walk: list[Call]) -> Iterator[tuple[datetime, Shop]]:
        """When the rep gets to each shop: a little later than expected."""
        for call in walk:
            yield call.expected_at + timedelta(minutes=phone.rng.randint(0, 4)), call.shop

    def _arrive(self, phone: DemoHandheld, at: datetime, shop: Shop, accuracy_m: float) -> None:
        phone.check_in(at, shop, "arrival", phone.fix(at, shop.lat, shop.lon, accuracy_m))

    def _leave(self, phone: DemoHandheld, arrived: datetime, shop: Shop, accuracy_m: float) -> None:
        at = arrived + LEAVE_AFTER
        phone.check_in(at, shop, "departure", phone.fix(at, shop.lat, shop.lon, accuracy_m))

    def _order(
        self,
        phone: DemoHandheld,
        at: datetime,
        shop: Shop,
        packs: Packs,
        *,
        off_pack: int = 0,
        at_place: tuple[float, float] | None = None,
        mock: bool = False,
    ) -> None:
        """An order of so many packs; `off_pack` pieces too many on the first line spoil the form."""
        lat, lon = at_place or (shop.lat, shop.lon)
        phone.record(
            at,
            "order",
            shop,
            delivery_date=working_day_after(self.day).isoformat(),
            lines=[
                line_of(self.products[code], number, off_pack if place == 0 else 0)
                for place, (code, number) in enumerate(packs.items())
            ],
            comment="",
            fix=phone.fix(at, lat, lon, 8.0, mock=mock),
        )
