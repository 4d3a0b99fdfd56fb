"""An httpx transport to use the sandbox without a socket, for sync and async clients."""

import asyncio
from concurrent.futures import Future
from threading import Thread
from typing import cast

import httpx
from starlette.types import ASGIApp


class InProcessTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Passes requests to an ASGI application, and fails like a network."""

    def __init__(self, app: ASGIApp) -> None:
        self._asgi = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request in a new thread, because an event loop may run in this one."""
        request.read()
        response: Future[httpx.Response] = Future()

        def run() -> None:
            try:
                response.set_result(asyncio.run(self.handle_async_request(request)))
            except BaseException as error:  # noqa: BLE001 it is the caller's
                response.set_exception(error)

        # Not a thread pool: calls would wait for each other, and the program's exit for them.
        Thread(target=run, daemon=True).start()
        return response.result()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Handle a request; raises httpx's exceptions for a timeout or a dropped connection."""
        await request.aread()
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                response = await self._asgi.handle_async_request(request)
                # Not decoded: the caller does that.
                parts = cast("httpx.AsyncByteStream", response.stream)
                content = b"".join([part async for part in parts])
        except TimeoutError as error:
            raise httpx.ReadTimeout("the sandbox took too long") from error
        except ConnectionResetError as error:
            raise httpx.ReadError(str(error)) from error
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(content)
        )
