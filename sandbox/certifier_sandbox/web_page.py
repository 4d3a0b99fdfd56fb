"""The page at /_sandbox/, with the state of the sandbox and the API reference."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from certifier_sandbox.organizations import ORGANIZATIONS

if find_spec("swagger_ui") is None:  # StaticFiles would raise an AssertionError
    raise ModuleNotFoundError(name="swagger_ui")

HERE = Path(__file__).parent
# In a wheel, the document is next to the code; in a checkout, it is at the root.
SHIPPED = HERE / "openapi.yaml"
DOCUMENT = SHIPPED if SHIPPED.exists() else HERE.parents[1] / "openapi.yaml"

# Nothing is loaded from elsewhere, and only the page's own scripts run, never one in a name.
# Swagger UI sets inline styles, and its script contains images.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


def _page(_: Request) -> Response:
    html = (HERE / "static" / "index.html").read_text(encoding="utf-8")
    policy = {"Content-Security-Policy": POLICY}
    tokens = json.dumps({each.name: each.token for each in ORGANIZATIONS})
    return HTMLResponse(html.replace("TOKENS", tokens), headers=policy)


def _document(_: Request) -> Response:
    """Return the document with the sandbox as its server, to which the page then sends requests."""
    document = DOCUMENT.read_text(encoding="utf-8")
    document = re.sub(r"(?m)^  - url: .*", "  - url: /", document)
    return Response(document, media_type="application/yaml")


# StaticFiles raises errors that a Router does not handle.
HANDLE_ERRORS = [Middleware(ExceptionMiddleware)]

ROUTES = [
    Route("/_sandbox/", _page),
    Route("/_sandbox/openapi.yaml", _document),
    Mount("/_sandbox/static", StaticFiles(directory=HERE / "static"), middleware=HANDLE_ERRORS),
    Mount(
        "/_sandbox/swagger-ui",
        StaticFiles(packages=[("swagger_ui", "static")]),
        middleware=HANDLE_ERRORS,
    ),
]
