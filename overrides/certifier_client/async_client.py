"""The client for asyncio, AsyncCertifier."""

from types import TracebackType
from typing import Self, final

from certifier_client._call.call import AsyncCaller, Sender
from certifier_client._http.first_use import first_used
from certifier_client._http.httpx_transport import (
    AsyncHttpxTransport,
    AsyncTransport,
    package_of,
)
from certifier_client._http.pool import Pool
from certifier_client._http.proxy import Routes
from certifier_client._http.seam import Seam
from certifier_client.client import BaseClient
from certifier_client.credential_templates import AsyncCredentialTemplates
from certifier_client.options import Settings
from certifier_client.request import Request
from certifier_client.response import Response
from certifier_generated.api import AsyncResources


@final
class AsyncCertifier(BaseClient[AsyncCaller, AsyncTransport], AsyncResources[Request, Response]):
    """The async counterpart of Certifier, for asyncio. Event loops may share a client.

    Args:
        access_token: see Certifier; the function may be async.
        base_url: see Certifier.
        allow_http: see Certifier.
        version: see Certifier.
        timeout: see Certifier.
        deadline: see Certifier.
        retry: see Certifier.
        on_retry: see Certifier.
        rate_limiter: see Certifier; its methods may be async.
        headers: see Certifier.
        application: see Certifier.
        proxy: see Certifier.
        trust_env: see Certifier.
        ssl_context: see Certifier.
        transport: an async httpx transport that replaces the client's own connections.

    Raises:
        InputError: an option is invalid, or there is no access token.

    """

    @staticmethod
    def _new_caller(
        settings: Settings, routes: Routes, transport: AsyncTransport | None
    ) -> AsyncCaller:
        # It imports asyncio, which an async program has already imported.
        from certifier_client._http.asyncio_sockets import Asyncio  # noqa: PLC0415

        mode = Asyncio()
        if transport is None:
            sender = Sender(mode, Pool(mode, routes), Seam(mode, routes, is_async=True))
        else:
            package = package_of(transport, "AsyncBaseTransport")
            send, close = transport.handle_async_request, transport.aclose
            sender = Sender(mode, AsyncHttpxTransport(send, close, package))
        return AsyncCaller(settings, sender)

    @first_used
    def credential_templates(self) -> AsyncCredentialTemplates:
        """The operations on credential templates."""
        return AsyncCredentialTemplates(self._caller)

    @property
    def groups(self) -> AsyncCredentialTemplates:
        """An alias of ``credential_templates``, by their former name."""
        return self.credential_templates

    async def aclose(self) -> None:
        """Close the connections; closing a copy from ``with_options`` has no effect."""
        if self._owns_sender:
            await self._caller.sender.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
