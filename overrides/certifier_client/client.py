"""The synchronous client, Certifier, and what it has in common with the other one."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, Unpack, final

import httpx

from certifier_client import checks
from certifier_client.budget import Budget
from certifier_client.call import Caller
from certifier_client.connections import Connections
from certifier_client.credential_templates import CredentialTemplates
from certifier_client.errors import InputError
from certifier_client.exchange import Exchange
from certifier_client.routes import Routes
from certifier_client.settings import Options, Settings
from certifier_client.transport import HttpxTransport

if TYPE_CHECKING:  # a synchronous program does without asyncio
    from certifier_client.async_call import AsyncCaller

_AnyCaller = TypeVar("_AnyCaller", Caller, "AsyncCaller")


class BaseClient(Generic[_AnyCaller]):
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
        caller: Any = self._caller
        settings = caller.settings.changed(options)
        copy._caller = type(caller)(settings, caller.exchange, caller.budget)
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


def routes_of(proxy: str | None, trust_env: object, transport: object) -> Routes:
    """Return the way to a server that these options of a client describe."""
    if proxy is not None and transport is not None:
        raise InputError("proxy has no effect on a transport: tell the transport of the proxy")
    return Routes(proxy, trust_env=checks.instance("trust_env", trust_env, bool))


@final
class Certifier(BaseClient[Caller]):
    """Certifier's API, for synchronous code; threads may share one.

    Args:
        proxy: the URL of a proxy, ``http``, ``https`` or ``socks5``. Not given: the one that the
            environment names, as httpx has it (``HTTPS_PROXY``, ``NO_PROXY`` and so on).
        trust_env: whether the environment names proxies and certificates (``SSL_CERT_FILE``).
        transport: an httpx transport to send through in place of the client's own connections (a
            test's, another engine's), closed together with the client.
        **options: see Options.

    Raises:
        InputError: an option is certainly a mistake, or there is no access token.

    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        trust_env: bool = True,
        transport: httpx.BaseTransport | None = None,
        **options: Unpack[Options],
    ) -> None:
        settings = Settings.of(options)
        routes = routes_of(proxy, trust_env, transport)
        if transport is None:
            exchange = Exchange(Connections(routes))
        else:
            checks.instance("transport", transport, httpx.BaseTransport)
            exchange = Exchange(HttpxTransport(transport))
        super().__init__(Caller(settings, exchange, Budget()), owns_pool=True)

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
