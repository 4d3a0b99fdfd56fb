"""The files of the page; tests/page tests it in a browser."""

import httpx
import pytest

from certifier_sandbox import PREMIUM_TOKEN
from support import load_document


@pytest.mark.parametrize(
    ("path", "kind", "holds"),
    [
        ("", "text/html", "<title>Certifier sandbox</title>"),
        ("", "text/html", f'"premium": "{PREMIUM_TOKEN}"'),
        ("static/page.js", "text/javascript", "import "),
        ("static/logo.svg", "image/svg+xml", "<svg"),
        ("static/page.css", "text/css", "header {"),
        ("swagger-ui/swagger-ui-bundle.js", "text/javascript", "SwaggerUIBundle"),
        ("swagger-ui/swagger-ui.css", "text/css", ".swagger-ui"),
    ],
)
def test_each_part_is_served_and_not_logged(
    api: httpx.Client, path: str, kind: str, holds: str
) -> None:
    """Each has the media type that browsers require."""
    response = api.get(f"/_sandbox/{path}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(kind)
    assert holds in response.text
    assert api.get("/_sandbox/requests").json()["requests"] == []


def test_the_page_may_load_nothing_from_elsewhere(api: httpx.Client) -> None:
    """Its content security policy says so, and browsers enforce it."""
    policy = api.get("/_sandbox/").headers["content-security-policy"].split("; ")
    assert policy == [
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
    ]


def test_the_document_names_the_sandbox_as_its_server(api: httpx.Client) -> None:
    """The rest is openapi.yaml, so the page cannot call the live service by mistake."""
    [server] = load_document()["servers"]
    response = api.get("/_sandbox/openapi.yaml")
    assert response.headers["content-type"] == "application/yaml"
    shown = response.text
    assert server["url"] not in shown
    assert "url: /\n" in shown
    assert "Updates the specified credential template (group)" in shown


def test_the_slash_at_the_end_is_optional(api: httpx.Client) -> None:
    """The page is also served without it, because people type it so."""
    assert api.get("/_sandbox", follow_redirects=True).text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "static/nothing.js", 404),
        ("GET", "static/..%2fpage.py", 404),
        ("POST", "static/page.js", 405),
        ("GET", "swagger-ui/nothing", 404),
    ],
)
def test_anything_else_is_an_error(api: httpx.Client, method: str, path: str, status: int) -> None:
    """It gets the usual status, and is not reported as a bug in the sandbox."""
    assert api.request(method, f"/_sandbox/{path}").status_code == status
