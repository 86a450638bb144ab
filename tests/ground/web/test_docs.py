"""The documentation that the service serves itself: it is read on networks that reach nothing else."""

import re

import httpx


async def test_the_documentation_and_what_it_loads_come_from_this_server_alone(api: httpx.AsyncClient) -> None:
    page = await api.get("/docs")
    loaded = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)""", page.text)
    assert page.status_code == 200
    assert {"/openapi.json", "/docs/static/swagger-ui-bundle.js", "/docs/static/swagger-ui.css"} <= set(loaded)
    assert {address: (await api.get(address)).status_code for address in loaded} == dict.fromkeys(loaded, 200)
    assert re.findall(r"""https?:|["']//""", page.text) == []


async def test_the_root_leads_to_the_console(api: httpx.AsyncClient) -> None:
    answer = await api.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")


async def test_every_problem_points_to_a_page_that_has_its_anchor(api: httpx.AsyncClient) -> None:
    problem = (await api.get("/v1/me")).json()
    path, _, anchor = problem["type"].partition("#")
    page = await api.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'<h2 id="{anchor}">' in page.text
    assert "**" not in page.text
    assert re.findall(r"""(?:src|href)="[^#]""", page.text) == []
    source = await api.get(path, headers={"Accept": "text/markdown"})
    assert f"## {anchor}\n" in source.text
    assert set(re.findall(r'<h2 id="([^"]+)">', page.text)) == set(re.findall(r"(?m)^## (.+)$", source.text))
