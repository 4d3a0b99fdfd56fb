"""The sync client, Certifier, and the code that it shares with AsyncCertifier."""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Generic, Never, NoReturn, Self, TypeVar, final

import httpx

from certifier_client._call import validation
from certifier_client._call.call import BaseCaller, Caller, Sender
from certifier_client._http.first_use import first_used
from certifier_client._http.httpx_transport import HttpxTransport, SyncTransport, package_of
from certifier_client._http.pool import Pool
from certifier_client._http.proxy import Routes
from certifier_client._http.seam import Seam
from certifier_client._http.sockets import Blocking
from certifier_client.blocking import run
from certifier_client.credential_templates import CredentialTemplates
from certifier_client.errors import InputError
from certifier_client.options import AccessToken, OnRetry, Settings, check_names, given
from certifier_client.rate_limiter import RateLimiter
from certifier_client.request import Request
from certifier_client.response import Response
from certifier_client.retry import RetryPolicy
from certifier_generated.api import Resources
from certifier_generated.types import UNSET, Unset

CallerT = TypeVar("CallerT", bound=BaseCaller)
TransportT = TypeVar("TransportT")


class NamedOptions:
    """Rejects unknown options; for an option of another client, the error names ours."""

    # Not in BaseClient, where inspect.signature() would find it before __init__.
    def __new__(cls, *_: object, **options: object) -> Self:
        """Check the names of the options before Python does."""
        try:
            check_names(options, is_copy=False)
        except InputError as error:
            options.clear()  # a traceback may show local variables
            raise bare(error) from None
        return super().__new__(cls)


class BaseClient(NamedOptions, Generic[CallerT, TransportT]):
    """The base of both clients: settings, and a sender that copies of a client share."""

    def __init__(  # noqa: PLR0913 - one for each option  # pyright: ignore[reportInconsistentConstructor]
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
        transport: TransportT | None = None,
    ) -> None:
        try:
            settings = Settings(**given(locals()))
            routes = routes_of(proxy, trust_env, ssl_context, transport)
        except InputError as error:
            del access_token, headers, proxy  # a traceback may show local variables
            raise bare(error) from None
        self._caller = self._new_caller(settings, routes, transport)
        self._owns_sender = True

    @staticmethod
    def _new_caller(settings: Settings, routes: Routes, transport: TransportT | None) -> CallerT:
        """Return the caller, with its own connections or a transport."""
        raise NotImplementedError

    def with_options(  # noqa: PLR0913 - likewise
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
        **others: Never,
    ) -> Self:
        """Return a copy of this client with some options changed.

        The copy shares this client's connections. Close only this client: closing the copy, or
        leaving a ``with`` block of the copy, has no effect.

        Args:
            access_token: see Certifier.
            base_url: see Certifier.
            allow_http: see Certifier.
            version: see Certifier.
            timeout: see Certifier.
            deadline: see Certifier.
            retry: see Certifier.
            on_retry: see Certifier.
            rate_limiter: see Certifier.
            headers: these replace all additional headers of this client.
            application: see Certifier.
            **others: rejected; for an option of another client, the error names ours.

        Raises:
            InputError: an option is invalid.

        Examples:
            >>> patient = certifier.with_options(timeout=60)
            >>> patient.credential_templates.update("01g90279gp5sbmfek7wymcsvec").name
            'Financial Markets'

        """
        try:
            check_names(others, is_copy=True)
            settings = self._caller.settings.changed(given(locals()))
        except InputError as error:
            del access_token, headers, others  # a traceback may show local variables
            raise bare(error) from None
        return self._sharing(type(self._caller)(settings, self._caller.sender))

    @classmethod
    def _sharing(cls, caller: CallerT) -> Self:
        """Return a client that uses a shared sender, and does not close it."""
        copy = object.__new__(cls)
        copy._caller = caller
        copy._owns_sender = False
        return copy

    @property
    def base_url(self) -> str:
        """The URL of the API."""
        return self._caller.settings.base_url

    @property
    def rate_limiter(self) -> RateLimiter | None:
        """The rate limiter that each request waits for, or None."""
        return self._caller.settings.rate_limiter

    def __repr__(self) -> str:
        # A client whose options were rejected has no caller, but a traceback may print it.
        caller: BaseCaller | None = getattr(self, "_caller", None)
        return (
            f"{type(self).__name__}({f'base_url={caller.settings.base_url!r}' if caller else ''})"
        )

    def __reduce__(self) -> NoReturn:
        # A pickle would hold the token, and connections cannot be copied.
        msg = f"{type(self).__name__} cannot be copied or pickled: use with_options"
        raise TypeError(msg)


def bare(error: InputError) -> InputError:
    """Return an error without its traceback, whose frames may have secrets."""
    error.__context__ = None
    return error.with_traceback(None)


def routes_of(
    proxy: str | None, trust_env: object, ssl_context: object, transport: object
) -> Routes:
    """Return the routes that these options describe."""
    for name, value in (("proxy", proxy), ("ssl_context", ssl_context)):
        if value is not None and transport is not None:
            raise InputError(
                f"{name} cannot be combined with transport: configure the transport", name
            )
    return Routes(
        proxy,
        trust_env=validation.instance("trust_env", trust_env, bool),
        context=validation.ssl_context(ssl_context),
    )


@final
class Certifier(BaseClient[Caller, SyncTransport], Resources[Request, Response]):
    """A client for Certifier's API, for synchronous code. Threads may share a client.

    Args:
        access_token: the token, or a function that returns it, for tokens that rotate. The
            function is called once per call, and again after a 401. For AsyncCertifier it may be
            async. Default: the environment's ``CERTIFIER_ACCESS_TOKEN``.
        base_url: the URL of the API. Default: the environment's ``CERTIFIER_BASE_URL``, or else
            ``https://api.certifier.io``.
        allow_http: whether ``base_url`` may be plain http to another machine, which sends the
            token unencrypted. Default: False.
        version: the ``Certifier-Version`` to send. Default: the documented version.
        timeout: timeouts in seconds, one number for all phases or an ``httpx.Timeout``. Default:
            connect 5, read 30, write 10, pool 10.
        deadline: how many seconds a call may take in total, with all attempts and waits. Default:
            60.
        retry: when a call is retried. Default: ``RetryPolicy()``, three attempts.
        on_retry: a function that is called with a ``Retry`` before each wait. Default: none.
        rate_limiter: an ``AdaptiveRateLimiter``, or one of your own. Every request waits for it,
            retries included; that wait does not count towards the deadline. Default: none.
        headers: additional headers for each request. Default: none.
        application: the name of your application, such as ``"course-sync/1.4"``, which is appended
            to the header ``User-Agent``. Default: none.
        proxy: the URL of a proxy, ``http``, ``https`` or ``socks5``. Default: the environment's
            proxies, as in httpx (``HTTPS_PROXY``, ``NO_PROXY`` and so on).
        trust_env: whether to read proxies and certificates (``SSL_CERT_FILE``) from the
            environment.
        ssl_context: a context that verifies certificates, such as those of a private CA. Default:
            the environment's certificates, or else those of certifi. For those of the operating
            system, pass ``truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)`` from truststore.
        transport: an httpx transport that replaces the client's own connections, for example in a
            test. The client closes it.

    Raises:
        InputError: an option is invalid, or there is no access token.

    """

    @staticmethod
    def _new_caller(settings: Settings, routes: Routes, transport: SyncTransport | None) -> Caller:
        mode = Blocking()
        if transport is None:
            sender = Sender(mode, Pool(mode, routes), Seam(mode, routes, is_async=False))
        else:
            package = package_of(transport, "BaseTransport")
            send, close = transport.handle_request, transport.close
            sender = Sender(mode, HttpxTransport(send, close, package))
        return Caller(settings, sender)

    @first_used
    def credential_templates(self) -> CredentialTemplates:
        """The operations on credential templates."""
        return CredentialTemplates(self._caller)

    @property
    def groups(self) -> CredentialTemplates:
        """An alias of ``credential_templates``, by their former name."""
        return self.credential_templates

    def close(self) -> None:
        """Close the connections; closing a copy from ``with_options`` has no effect."""
        if self._owns_sender:
            run(self._caller.sender.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
