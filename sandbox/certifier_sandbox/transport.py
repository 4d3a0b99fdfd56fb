"""The sandbox without a socket, as a transport of httpx for both kinds of client."""

import asyncio
from concurrent.futures import Future
from threading import Thread
from typing import cast

import httpx
from starlette.types import ASGIApp


class InProcess(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends requests straight into an ASGI application, and breaks off as a network would."""

    def __init__(self, app: ASGIApp) -> None:
        self._asgi = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, in a thread of its own as an event loop may run in this one."""
        request.read()
        answer: Future[httpx.Response] = Future()

        def run() -> None:
            try:
                answer.set_result(asyncio.run(self.handle_async_request(request)))
            except BaseException as error:  # noqa: BLE001 it is the caller's
                answer.set_exception(error)

        # Not of a pool: that would make calls wait for each other, and the program for them.
        Thread(target=run, name="certifier-sandbox", daemon=True).start()
        return answer.result()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; raises what httpx raises when time runs out or the server is gone."""
        await request.aread()
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                answer = await self._asgi.handle_async_request(request)
                # As it was sent: whoever gets it decodes it.
                parts = cast("httpx.AsyncByteStream", answer.stream)
                content = b"".join([part async for part in parts])
        except TimeoutError as error:
            raise httpx.ReadTimeout("the sandbox took too long", request=request) from error
        except ConnectionResetError as error:
            raise httpx.ReadError(str(error), request=request) from error
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content)
        )
