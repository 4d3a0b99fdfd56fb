"""The page at /_sandbox/: the sandbox for a person's eyes, and the API reference beside it."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from certifier_sandbox.organizations import PREMIUM_TOKEN

HERE = Path(__file__).parent
# In a wheel the document lies beside the code; in a checkout, at its top.
DOCUMENT = next(
    path for path in (HERE / "openapi.yaml", HERE.parents[2] / "openapi.yaml") if path.is_file()
)
SERVICE = "url: https://api.certifier.io"

# Nothing is loaded from elsewhere, and no script but the page's own runs, whatever a name holds.
# Swagger UI sets styles and has its images in its script.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


def _page(_: Request) -> Response:
    html = (HERE / "static" / "index.html").read_text()
    policy = {"Content-Security-Policy": POLICY}
    return HTMLResponse(html.replace("PREMIUM_TOKEN", PREMIUM_TOKEN), headers=policy)


def _document(_: Request) -> Response:
    """Return the document with this server in place of the service: the page sends requests."""
    document = DOCUMENT.read_text().replace(SERVICE, "url: /")
    return Response(document, media_type="application/yaml")


def _slash(_: Request) -> Response:
    return RedirectResponse("/_sandbox/")


ROUTES = [
    Route("/_sandbox", _slash),
    Route("/_sandbox/", _page),
    Route("/_sandbox/openapi.yaml", _document),
    Mount("/_sandbox/static", StaticFiles(directory=HERE / "static")),
    Mount("/_sandbox/swagger-ui", StaticFiles(packages=[("swagger_ui", "static")])),
]
