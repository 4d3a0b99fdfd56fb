"""The two clients, Certifier and AsyncCertifier."""

from types import TracebackType
from typing import Generic, NoReturn, Self, TypeVar, Unpack, final

import attrs
import httpx

from certifier_client import checks
from certifier_client.call import AsyncCaller, Caller
from certifier_client.credential_templates import AsyncCredentialTemplates, CredentialTemplates
from certifier_client.exchange import AsyncExchange, Exchange
from certifier_client.settings import Options, Settings

_AnyCaller = TypeVar("_AnyCaller", Caller, AsyncCaller)


class _Client(Generic[_AnyCaller]):
    """What the two clients have in common: settings, and a pool that is their own or another's."""

    def __init__(self, caller: _AnyCaller, *, owns_pool: bool) -> None:
        self._caller: _AnyCaller = caller
        self._owns_pool = owns_pool

    def with_options(self, **options: Unpack[Options]) -> Self:
        """Return a client with changed options that shares this one's connections.

        This client stays as it is. It alone closes the connections, so keep it and close it:
        closing the copy, or leaving a ``with`` block of it, does not.

        Args:
            **options: see Options. ``headers`` replaces all of this client's further headers.

        Raises:
            InputError: an option is certainly a mistake.

        >>> patient = certifier.with_options(timeout=60)
        >>> patient.credential_templates.update("01g90279gp5sbmfek7wymcsvec").name
        'Financial Markets'

        """
        copy = object.__new__(type(self))
        settings = self._caller.settings.changed(options)
        copy._caller = attrs.evolve(self._caller, settings=settings)
        copy._owns_pool = False
        return copy

    def __repr__(self) -> str:
        # A client whose options were refused has no caller; a traceback may print it all the same.
        caller: Caller | AsyncCaller | None = getattr(self, "_caller", None)
        return (
            f"{type(self).__name__}({f'base_url={caller.settings.base_url!r}' if caller else ''})"
        )

    def __reduce__(self) -> NoReturn:
        # A pickle would hold the token, and connections cannot be copied.
        msg = f"{type(self).__name__} cannot be copied or pickled: use with_options or make another"
        raise TypeError(msg)


@final
class Certifier(_Client[Caller]):
    """Certifier's API, for synchronous code; threads may share one as they may an httpx.Client.

    Args:
        transport: an httpx transport to send through (a proxy's, a test's), closed together with
            the client. Not given: an ``httpx.HTTPTransport``.
        **options: see Options.

    Raises:
        InputError: an option is certainly a mistake, or there is no access token.

    """

    def __init__(
        self, *, transport: httpx.BaseTransport | None = None, **options: Unpack[Options]
    ) -> None:
        settings = Settings.of(options)
        exchange = Exchange(
            checks.instance("transport", transport or httpx.HTTPTransport(), httpx.BaseTransport)
        )
        super().__init__(Caller(settings, exchange), owns_pool=True)

    @property
    def credential_templates(self) -> CredentialTemplates:
        """The operations on credential templates."""
        return CredentialTemplates(self._caller)

    groups = credential_templates  # their former name, which is still in use

    def close(self) -> None:
        """Close the connections; a copy that was made by ``with_options`` leaves them open."""
        if self._owns_pool:
            self._caller.exchange.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


@final
class AsyncCertifier(_Client[AsyncCaller]):
    """Certifier's API, for asyncio; the twin of Certifier.

    Args:
        transport: an asynchronous httpx transport to send through, closed together with the
            client. Not given: an ``httpx.AsyncHTTPTransport``.
        **options: see Options.

    Raises:
        InputError: an option is certainly a mistake, or there is no access token.

    """

    def __init__(
        self, *, transport: httpx.AsyncBaseTransport | None = None, **options: Unpack[Options]
    ) -> None:
        settings = Settings.of(options)
        exchange = AsyncExchange(
            checks.instance(
                "transport", transport or httpx.AsyncHTTPTransport(), httpx.AsyncBaseTransport
            )
        )
        super().__init__(AsyncCaller(settings, exchange), owns_pool=True)

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
