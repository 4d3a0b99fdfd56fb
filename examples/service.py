"""A service that renames templates. All its requests share a client, whose errors it passes on.

Run it with `python examples/service.py`; it serves four requests, on its own sandbox. The
application uses Starlette, which the extra `sandbox` installs; in FastAPI it looks the same.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from certifier_client import AsyncCertifier, CertifierError, InputError, NotFoundError
from certifier_sandbox import TEMPLATE_ID, running


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[None]:
    """Open the client once, so that all requests share its connections."""
    async with AsyncCertifier() as certifier:
        # A person is waiting, so an error is better than a minute of retries.
        app.state.certifier = certifier.with_options(deadline=5)
        yield


async def rename(request: Request) -> JSONResponse:
    """Rename the template in the path to the name in the body."""
    templates = request.app.state.certifier.credential_templates
    try:
        name = (await request.json())["name"]
    except (ValueError, TypeError, KeyError):
        return JSONResponse({"error": 'the body must be {"name": …}'}, 400)
    try:
        template = await templates.update(request.path_params["id"], name=name)
    except InputError as error:
        return JSONResponse({"error": str(error)}, 400)
    except NotFoundError:
        return JSONResponse({"error": "there is no such template"}, 404)
    except CertifierError as error:
        return JSONResponse({"error": "try again later", "after": error.retry_after}, 503)
    return JSONResponse({"name": template.name})


app = Starlette(routes=[Route("/templates/{id}", rename, methods=["PUT"])], lifespan=lifespan)


async def main() -> None:
    """Send requests to the service, like a browser."""
    asked = [
        (TEMPLATE_ID, {"name": "Global Markets"}),
        ("01g90279gp5sbmfek7wymcsved", {"name": "Global Markets"}),
        (TEMPLATE_ID, {"title": "Global Markets"}),
        (TEMPLATE_ID, {"name": None}),
    ]
    service = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")
    async with lifespan(app), service:
        for template_id, wanted in asked:
            response = await service.put(f"/templates/{template_id}", json=wanted)
            print(response.status_code, response.json())


with running() as sandbox:
    os.environ |= {"CERTIFIER_BASE_URL": sandbox.url, "CERTIFIER_ACCESS_TOKEN": sandbox.token}
    asyncio.run(main())
