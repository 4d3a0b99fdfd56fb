"""The client for asyncio, AsyncCertifier."""

import ssl
from functools import cached_property
from types import TracebackType
from typing import Self, Unpack, cast, final

from certifier_client._call.call import AsyncCaller, Sender
from certifier_client._http.httpx_transport import (
    AsyncHttpxTransport,
    AsyncTransport,
    package_of,
)
from certifier_client._http.pool import Pool
from certifier_client._http.seam import Seam
from certifier_client.client import BaseClient, bare, routes_of
from certifier_client.credential_templates import AsyncCredentialTemplates
from certifier_client.errors import InputError
from certifier_client.options import Options, Settings
from certifier_client.request import Request
from certifier_client.response import Response
from certifier_generated.api import AsyncResources


@final
class AsyncCertifier(BaseClient[AsyncCaller], AsyncResources[Request, Response]):
    """Certifier's API, for asyncio; the async counterpart of Certifier. Event loops may share one.

    Args:
        proxy: as of Certifier.
        trust_env: as of Certifier.
        ssl_context: as of Certifier.
        transport: an asynchronous httpx transport in place of the client's own connections.
        **options: see Options.

    Raises:
        InputError: an option is certainly a mistake, or there is no access token.

    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        trust_env: bool = True,
        ssl_context: ssl.SSLContext | None = None,
        transport: AsyncTransport | None = None,
        **options: Unpack[Options],
    ) -> None:
        # It imports asyncio, which a program that makes calls has done by then.
        from certifier_client._http.asyncio_sockets import Asyncio  # noqa: PLC0415

        try:
            settings = Settings.of(options)
            routes = routes_of(proxy, trust_env, ssl_context, transport)
        except InputError as error:
            proxy = None
            cast("dict[str, object]", options).clear()
            raise bare(error) from None
        mode = Asyncio()
        if transport is None:
            sender = Sender(mode, Pool(mode, routes), Seam(mode, routes, is_async=True))
        else:
            package = package_of(transport, "AsyncBaseTransport")
            send, close = transport.handle_async_request, transport.aclose
            sender = Sender(mode, AsyncHttpxTransport(send, close, package))
        super().__init__(AsyncCaller(settings, sender), owns_sender=True)

    @cached_property
    def credential_templates(self) -> AsyncCredentialTemplates:
        """The operations on credential templates."""
        return AsyncCredentialTemplates(self._caller)

    @property
    def groups(self) -> AsyncCredentialTemplates:
        """Credential templates by their former name, which is still in use."""
        return self.credential_templates

    async def aclose(self) -> None:
        """Close the connections; a copy that was made by ``with_options`` leaves them open."""
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
