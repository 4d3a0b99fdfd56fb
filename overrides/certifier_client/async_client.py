"""The client for asyncio, AsyncCertifier."""

import importlib.metadata
from types import TracebackType
from typing import Self, Unpack, final

import httpx

from certifier_client import checks
from certifier_client.async_call import AsyncCaller
from certifier_client.async_connections import AsyncConnections
from certifier_client.async_credential_templates import AsyncCredentialTemplates
from certifier_client.async_exchange import AsyncExchange
from certifier_client.async_transport import AsyncHttpxTransport, AsyncTransport
from certifier_client.budget import Budget
from certifier_client.client import BaseClient, routes_of
from certifier_client.errors import InputError
from certifier_client.routes import Routes
from certifier_client.settings import Options, Settings

_AIOHTTP = (3, 14)  # the oldest release that does, as of the extra `fast`


def _has_aiohttp() -> bool:
    try:
        release = importlib.metadata.version("aiohttp").split(".")
    except importlib.metadata.PackageNotFoundError:
        return False
    return (int(release[0]), int(release[1])) >= _AIOHTTP


def _connections(routes: Routes, *, fast: object) -> AsyncTransport:
    """Return aiohttp's connections or our own; the former are faster, and not always there."""
    there = _has_aiohttp()
    if fast is None:
        fast = there
    if not checks.instance("fast", fast, bool):
        return AsyncConnections(routes)
    if not there:
        raise InputError("fast=True needs another package: pip install 'certifier-client[fast]'")
    from certifier_client.aiohttp_connections import AiohttpConnections  # noqa: PLC0415 - an extra

    return AiohttpConnections(routes)


@final
class AsyncCertifier(BaseClient[AsyncCaller]):
    """Certifier's API, for asyncio; the twin of Certifier. Event loops may share one.

    Args:
        proxy: as of Certifier.
        trust_env: as of Certifier.
        transport: an asynchronous httpx transport in place of the client's own connections.
        fast: whether to send through aiohttp, which the extra ``fast`` installs. Not given: if it
            is there.
        **options: see Options.

    Raises:
        InputError: an option is certainly a mistake, or there is no access token.

    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        trust_env: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
        fast: bool | None = None,
        **options: Unpack[Options],
    ) -> None:
        settings = Settings.of(options)
        routes = routes_of(proxy, trust_env, transport)
        if transport is None:
            exchange = AsyncExchange(_connections(routes, fast=fast))
        else:
            checks.instance("transport", transport, httpx.AsyncBaseTransport)
            exchange = AsyncExchange(AsyncHttpxTransport(transport))
        super().__init__(AsyncCaller(settings, exchange, Budget()), owns_pool=True)

    @property
    def credential_templates(self) -> AsyncCredentialTemplates:
        """The operations on credential templates."""
        return AsyncCredentialTemplates(self._caller)

    groups = credential_templates  # their former name, which is still in use

    async def aclose(self) -> None:
        """Close the connections; a copy that was made by ``with_options`` leaves them open."""
        if self._owns_pool:
            await self._caller.exchange.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
