"""What "Authorize" in /docs does: here is sent what Swagger UI 5 makes of the security schemes of the contract."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AT_THE_TERMINAL
from app.ground.web.access import Role, Scope
from app.masters.identity import service
from tests.factories.territories import make_territory

PASSWORD = "correct horse battery & staple"


@pytest.fixture
async def schemes(api: httpx.AsyncClient) -> dict[str, Any]:
    contract = (await api.get("/openapi.json")).json()
    return contract["components"]["securitySchemes"]  # type: ignore[no-any-return]  # JSON


async def authorize(
    api: httpx.AsyncClient, token_url: str, fields: dict[str, str], client_id: str = "", client_secret: str = ""
) -> httpx.Response:
    """The scopes that were ticked, and the client's id and secret as Basic, also where both are empty."""
    return await api.post(
        token_url,
        content=urlencode(fields),
        headers={
            "Accept": "application/json, text/plain, */*",
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Requested-With": "XMLHttpRequest",
            "Authorization": "Basic " + b64encode(f"{client_id}:{client_secret}".encode()).decode(),
        },
    )


async def me(api: httpx.AsyncClient, token: httpx.Response) -> dict[str, Any]:
    """Who the API takes the caller for, whose token Swagger UI has stored."""
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    return (await api.get("/v1/me", headers=headers)).json()  # type: ignore[no-any-return]  # JSON


async def test_a_member_of_staff_is_logged_in_by_name_and_password(
    api: httpx.AsyncClient, session: AsyncSession, schemes: dict[str, Any]
) -> None:
    territory = await make_territory(session)
    await service.create_user(session, "sofia", PASSWORD, Role.SUPERVISOR, [territory.code])
    flow = schemes["staff"]["flows"]["password"]
    fields = {"grant_type": "password", "scope": " ".join(flow["scopes"]), "username": "sofia", "password": PASSWORD}
    token = await authorize(api, flow["tokenUrl"], fields)
    assert token.status_code == 200
    assert (await me(api, token))["username"] == "sofia"


async def test_an_integration_client_is_logged_in_by_id_and_secret(
    api: httpx.AsyncClient, session: AsyncSession, schemes: dict[str, Any]
) -> None:
    client = await service.create_client(session, "erp", [Scope.ORDERS_READ], AT_THE_TERMINAL)
    flow = schemes["client"]["flows"]["clientCredentials"]
    fields = {"grant_type": "client_credentials", "scope": "orders:read"}
    token = await authorize(api, flow["tokenUrl"], fields, str(client.client.id), client.secret)
    assert token.status_code == 200
    assert (await me(api, token))["scopes"] == ["orders:read"]


async def test_a_wrong_password_is_told_as_wrong(api: httpx.AsyncClient, schemes: dict[str, Any]) -> None:
    fields = {"grant_type": "password", "scope": "", "username": "sofia", "password": "guess"}
    token = await authorize(api, schemes["staff"]["flows"]["password"]["tokenUrl"], fields)
    assert token.status_code == 400
    assert token.json()["type"] == "/problems#wrong-credentials"
