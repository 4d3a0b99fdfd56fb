"""The client for asyncio, AsyncCertifier."""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self, final

import httpx

from certifier_client._call.call import AsyncCaller, Sender
from certifier_client._http.first_use import first_used
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
from certifier_client.options import AccessToken, OnRetry, Settings, given
from certifier_client.rate_limiter import RateLimiter
from certifier_client.request import Request
from certifier_client.response import Response
from certifier_client.retry import RetryPolicy
from certifier_generated.api import AsyncResources
from certifier_generated.types import UNSET, Unset


@final
class AsyncCertifier(BaseClient[AsyncCaller], AsyncResources[Request, Response]):
    """Certifier's API, for asyncio; the async counterpart of Certifier. Event loops may share one.

    Args:
        access_token: this and the others are as of Certifier; a callable may be async.
        base_url: likewise.
        allow_http: likewise.
        version: likewise.
        timeout: likewise.
        deadline: likewise.
        retry: likewise.
        on_retry: likewise.
        rate_limiter: likewise; its methods may be async.
        headers: likewise.
        application: likewise.
        proxy: likewise.
        trust_env: likewise.
        ssl_context: likewise.
        transport: an asynchronous httpx transport in place of the client's own connections.

    Raises:
        InputError: an option is invalid, or there is no access token.

    """

    # The options are spelled out here; BaseClient.__new__ rejects other names.
    def __init__(  # noqa: PLR0913  # pyright: ignore[reportInconsistentConstructor]
        self,
        *,
        access_token: AccessToken | Unset = UNSET,
        base_url: str | Unset = UNSET,
        allow_http: bool | Unset = UNSET,
        version: str | Unset = UNSET,
        timeout: float | httpx.Timeout | Unset = UNSET,
        deadline: float | Unset = UNSET,
        retry: RetryPolicy | Unset = UNSET,
        on_retry: OnRetry | Unset = UNSET,
        rate_limiter: RateLimiter | Unset = UNSET,
        headers: Mapping[str, str] | Unset = UNSET,
        application: str | Unset = UNSET,
        proxy: str | None = None,
        trust_env: bool = True,
        ssl_context: ssl.SSLContext | None = None,
        transport: AsyncTransport | None = None,
    ) -> None:
        # It imports asyncio, which a program that makes calls has done by then.
        from certifier_client._http.asyncio_sockets import Asyncio  # noqa: PLC0415

        try:
            settings = Settings.of(given(locals()))
            routes = routes_of(proxy, trust_env, ssl_context, transport)
        except InputError as error:
            del access_token, headers, proxy  # a traceback may show what stands here
            raise bare(error) from None
        mode = Asyncio()
        if transport is None:
            sender = Sender(mode, Pool(mode, routes), Seam(mode, routes, is_async=True))
        else:
            package = package_of(transport, "AsyncBaseTransport")
            send, close = transport.handle_async_request, transport.aclose
            sender = Sender(mode, AsyncHttpxTransport(send, close, package))
        super().__init__(AsyncCaller(settings, sender), owns_sender=True)

    @first_used
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
