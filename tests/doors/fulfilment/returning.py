"""The scene of an order that was delivered as it was ordered, and an ERP that tells of returns."""

from typing import Any

import httpx

from tests.doors.fulfilment.conftest import Scene
from tests.factories.returns import ReturnedLine, make_return_body


class Returns:
    """The scene, and what its supervisor and its ERP do."""

    def __init__(self, scene: Scene, delivery_id: str) -> None:
        self.scene = scene
        self.delivery_id = delivery_id

    def body(self, *lines: ReturnedLine, **fields: Any) -> dict[str, Any]:
        """A return of the delivery."""
        return make_return_body(self.scene.outlet, fields.pop("delivery_id", self.delivery_id), *lines, **fields)

    def some(self, **fields: Any) -> dict[str, Any]:
        """Three chocolates that expired and two wafers that were damaged."""
        return self.body((self.scene.chocolate, 3), (self.scene.wafer, 2, "damaged"), **fields)

    async def tell(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Post a return as the ERP."""
        return await self.scene.api.post("/v1/returns", json=body, headers=self.scene.erp | headers)

    async def get(self, id_: str) -> dict[str, Any]:
        """A return as the supervisor sees it."""
        answer = await self.scene.api.get(f"/v1/returns/{id_}", headers=self.scene.supervisor)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def decide(self, id_: str, answered_by: str, product_code: str | None = None) -> httpx.Response:
        """Say who answers, as the supervisor."""
        body = {"answered_by": answered_by, "comment": "I saw it", "product_code": product_code}
        return await self.scene.api.post(f"/v1/returns/{id_}/decision", json=body, headers=self.scene.supervisor)
