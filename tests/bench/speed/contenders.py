"""The contenders, each in a separate process: `python contenders.py NAME URL`.

A contender repeatedly updates one credential template and reads the name in the response, in the
way that its documentation shows first; nothing is tuned for speed. It reads the number of calls
from standard input, and prints the figures. Over TLS, SSL_CERT_FILE names the certificates.
"""
# mypy: ignore-errors
# pyright: basic, reportMissingImports=false

import asyncio
import http.client
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from constant_server import BODY, RESPONSE, TEMPLATE, TEMPLATE_ID

AT_A_TIME = 50  # for an asynchronous contender
FIELDS = {"name": TEMPLATE["name"], "learningEventUrl": TEMPLATE["learningEventUrl"]}
OURS: dict[str, Any] = {"name": FIELDS["name"], "learning_event_url": FIELDS["learningEventUrl"]}
TOKEN = "cfp_0123456789abcdef"
VERSION = "2022-10-26"
HEADERS = {
    "Accept": "application/json",
    "Authorization": f"Bearer {TOKEN}",
    "Certifier-Version": VERSION,
}
PATH = f"/v1/groups/{TEMPLATE_ID}"

Call = Callable[[], str]
AsyncCall = Callable[[], Awaitable[str]]


def httpx_sync(url: str, **options: Any) -> Call:
    import httpx

    client = httpx.Client(base_url=url, headers=HEADERS, **options)

    def call() -> str:
        response = client.patch(PATH, json=FIELDS)
        response.raise_for_status()
        return response.json()["name"]

    return call


def certifier_client(url: str, **options: Any) -> Call:
    from certifier_client import Certifier

    update = Certifier(base_url=url, access_token=TOKEN, **options).credential_templates.update
    return lambda: update(TEMPLATE_ID, **OURS).name


def _memory() -> Any:
    import httpx

    class Memory(httpx.BaseTransport):
        def handle_request(self, _: httpx.Request) -> httpx.Response:
            return httpx.Response(
                200, headers=[(b"Content-Type", b"application/json")], stream=httpx.ByteStream(BODY)
            )

    return Memory()


def httpx_memory(url: str) -> Call:
    return httpx_sync(url, transport=_memory())


def certifier_client_memory(url: str) -> Call:
    return certifier_client(url, transport=_memory())


def openapi_python_client(url: str) -> Call:
    from vanilla import AuthenticatedClient
    from vanilla.api.credential_templates.update_credential_template import sync
    from vanilla.models import CredentialTemplateUpdate

    client = AuthenticatedClient(base_url=url, token=TOKEN)

    def call() -> str:
        update = CredentialTemplateUpdate.from_dict(FIELDS)
        return sync(TEMPLATE_ID, client=client, body=update).name

    return call


def openapi_generator_urllib3(url: str) -> Call:
    import og_urllib3 as og
    from og_urllib3.api.credential_templates_api import CredentialTemplatesApi
    from og_urllib3.models.credential_template_update import CredentialTemplateUpdate

    api = CredentialTemplatesApi(og.ApiClient(og.Configuration(host=url, access_token=TOKEN)))

    def call() -> str:
        update = CredentialTemplateUpdate.from_dict(FIELDS)
        return api.update_credential_template(TEMPLATE_ID, VERSION, update).name

    return call


def openapi_python_generator_requests(url: str) -> Call:
    from opg_requests.api_config import APIConfig
    from opg_requests.models import CredentialTemplateUpdate
    from opg_requests.services.credential_templates_service import updateCredentialTemplate

    config = APIConfig(base_path=url, access_token=TOKEN)

    def call() -> str:
        update = CredentialTemplateUpdate(**FIELDS)
        return updateCredentialTemplate(
            config, id=TEMPLATE_ID, Certifier_Version=VERSION, data=update
        ).name

    return call


def stainless(url: str) -> Call:
    """The library below every client that Stainless generates, with a typical model."""
    from openai import OpenAI

    client = OpenAI(base_url=url, api_key=TOKEN, default_headers=HEADERS)
    model = _stainless_model()
    return lambda: client.patch(PATH, body=FIELDS, cast_to=model).name


def _stainless_model() -> Any:
    from datetime import datetime

    from openai import BaseModel

    class Template(BaseModel):
        id: str
        name: str
        learningEventUrl: str | None  # noqa: N815
        designIds: list[str]  # noqa: N815
        createdAt: datetime  # noqa: N815
        updatedAt: datetime  # noqa: N815

    return Template


def requests(url: str) -> Call:
    import requests

    session = requests.Session()
    session.headers.update(HEADERS)

    def call() -> str:
        response = session.patch(url + PATH, json=FIELDS)
        response.raise_for_status()
        return response.json()["name"]

    return call


def urllib3(url: str) -> Call:
    import urllib3

    pool = urllib3.PoolManager(headers=HEADERS)

    def call() -> str:
        response = pool.request("PATCH", url + PATH, json=FIELDS)
        return response.json()["name"]

    return call


def http_client(url: str) -> Call:
    scheme, _, host = url.partition("://")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host)
    headers = {**HEADERS, "Content-Type": "application/json"}

    def call() -> str:
        connection.request("PATCH", PATH, json.dumps(FIELDS), headers)
        return json.loads(connection.getresponse().read())["name"]

    return call


def bare_socket(url: str) -> Call:
    """The speed of the server: a constant request, and the response is not parsed."""
    import socket

    host, _, port = url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)))
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    body = json.dumps(FIELDS)
    request = f"PATCH {PATH} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def call() -> str:
        connection.sendall(request)
        received = 0
        while received < len(RESPONSE):
            received += len(connection.recv(65536))
        return str(FIELDS["name"])

    return call


def httpx_async(url: str) -> AsyncCall:
    import httpx

    client = httpx.AsyncClient(base_url=url, headers=HEADERS)

    async def call() -> str:
        response = await client.patch(PATH, json=FIELDS)
        response.raise_for_status()
        return response.json()["name"]

    return call


def certifier_client_async(url: str) -> AsyncCall:
    from certifier_client import AsyncCertifier

    certifier = AsyncCertifier(base_url=url, access_token=TOKEN)

    async def call() -> str:
        return (await certifier.credential_templates.update(TEMPLATE_ID, **OURS)).name

    return call


def openapi_python_client_async(url: str) -> AsyncCall:
    from vanilla import AuthenticatedClient
    from vanilla.api.credential_templates.update_credential_template import asyncio as update_it
    from vanilla.models import CredentialTemplateUpdate

    client = AuthenticatedClient(base_url=url, token=TOKEN)

    async def call() -> str:
        update = CredentialTemplateUpdate.from_dict(FIELDS)
        return (await update_it(TEMPLATE_ID, client=client, body=update)).name

    return call


def openapi_generator_aiohttp(url: str) -> AsyncCall:
    import og_aiohttp as og
    from og_aiohttp.api.credential_templates_api import CredentialTemplatesApi
    from og_aiohttp.models.credential_template_update import CredentialTemplateUpdate

    client = None

    async def call() -> str:
        nonlocal client
        if client is None:
            client = og.ApiClient(og.Configuration(host=url, access_token=TOKEN))
        update = CredentialTemplateUpdate.from_dict(FIELDS)
        api = CredentialTemplatesApi(client)
        return (await api.update_credential_template(TEMPLATE_ID, VERSION, update)).name

    return call


def openapi_python_generator_aiohttp(url: str) -> AsyncCall:
    from opg_aiohttp.api_config import APIConfig
    from opg_aiohttp.models import CredentialTemplateUpdate
    from opg_aiohttp.services.async_credential_templates_service import updateCredentialTemplate

    config = APIConfig(base_path=url, access_token=TOKEN)

    async def call() -> str:
        update = CredentialTemplateUpdate(**FIELDS)
        return (
            await updateCredentialTemplate(
                config, id=TEMPLATE_ID, Certifier_Version=VERSION, data=update
            )
        ).name

    return call


def stainless_async(url: str) -> AsyncCall:
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key=TOKEN, default_headers=HEADERS)
    model = _stainless_model()

    async def call() -> str:
        return (await client.patch(PATH, body=FIELDS, cast_to=model)).name

    return call


def aiohttp_async(url: str) -> AsyncCall:
    import aiohttp

    session = None

    async def call() -> str:
        nonlocal session
        if session is None:
            session = aiohttp.ClientSession(headers=HEADERS)
        async with session.patch(url + PATH, json=FIELDS) as response:
            return (await response.json())["name"]

    return call


def run(call: Call, times: int) -> None:
    for _ in range(times):
        assert call() == FIELDS["name"]


async def run_async(call: AsyncCall, times: int) -> None:
    left = iter(range(times))

    async def worker() -> None:
        for _ in left:
            assert await call() == FIELDS["name"]

    await asyncio.gather(*(worker() for _ in range(AT_A_TIME)))


def kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 10


def main() -> None:
    name, url = sys.argv[1:]
    call = globals()[name](url)
    asynchronous = asyncio.iscoroutinefunction(call)
    runner = asyncio.Runner()
    print("ready", flush=True)
    for line in sys.stdin:
        # Connections that expired while others ran are reopened before the clock starts.
        if asynchronous:
            runner.run(run_async(call, AT_A_TIME))
        else:
            run(call, 1)
        cpu, wall = time.process_time(), time.perf_counter()
        if asynchronous:
            runner.run(run_async(call, int(line)))
        else:
            run(call, int(line))
        took = {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "kib": kib(),
        }
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
