"""What an attempt without a whole answer ended in: the exception, and whether to try again.

httpx and the httpcore below it have the same names for what can happen; both are told apart here.
"""

import ssl
from typing import NamedTuple

import httpcore
import httpx

from certifier_client import errors


def _both(*names: str) -> tuple[type[Exception], ...]:
    return tuple(getattr(module, name) for name in names for module in (httpx, httpcore))


_POOL = _both("PoolTimeout")
_CONNECT = _both("ConnectTimeout", "ConnectError")
_PROXY = _both("ProxyError")
_TIMEOUT = (*_both("TimeoutException"), TimeoutError)
_NETWORK = _both("NetworkError")
_BROKEN = _both("RemoteProtocolError")
_UNSENT = _POOL + _CONNECT + _PROXY + _both("LocalProtocolError", "UnsupportedProtocol")


class StaleError(Exception):
    """A connection that had been kept was closed by the server, and no answer came on it."""


class Failure(NamedTuple):
    """An attempt that got no whole answer.

    Attributes:
        error: what the call raises if this was its last attempt.
        passing: whether another attempt may go better.
        stale: whether a kept connection had been closed, which says nothing of the server.

    """

    error: errors.CertifierError
    passing: bool = False
    stale: bool = False


def failure(request: str, error: Exception, *, began: bool) -> Failure:
    """Return what an exception of a transport means.

    Args:
        request: method and URL of what was to be sent.
        error: what the transport raised.
        began: whether the head of an answer had come.

    """
    if isinstance(error, errors.CertifierError):  # the way to the server was refused, not tried
        return Failure(error)
    stale = isinstance(error, StaleError)
    cause = error.__cause__ or error if stale else error
    kind = _kind(cause)
    told = f"{type(cause).__name__}: {cause}".removesuffix(": ")
    if kind is errors.TransportError and isinstance(cause, _CONNECT):
        told += " (check base_url, and that its server is running and can be reached)"
    known = kind(request, told)
    known.__cause__ = cause
    known.may_have_been_applied = not isinstance(cause, _UNSENT)
    passing = kind in {errors.TransportError, errors.TimedOutError} and (
        isinstance(cause, _CONNECT + _TIMEOUT + _NETWORK)
        # A head that is no HTTP will be none the next time; one that breaks off may be whole then.
        or (isinstance(cause, _BROKEN) and (began or is_end(cause)))
    )
    return Failure(known, passing, stale)


def is_end(error: BaseException) -> bool:
    """Return whether a connection ended without an answer; httpcore tells it by the cause alone."""
    return isinstance(error, _NETWORK) or (isinstance(error, _BROKEN) and not _origin(error))


def _origin(error: BaseException) -> BaseException | None:
    """Return what an exception stems from below httpx, which puts httpcore's exception between."""
    cause = error.__cause__
    return cause.__cause__ if isinstance(cause, httpcore.RemoteProtocolError) else cause


def _kind(cause: BaseException) -> type[errors.TransportError]:
    if isinstance(cause, _POOL):
        return errors.SaturatedError
    if isinstance(cause, _PROXY):
        return errors.ProxyError
    if isinstance(cause, _TIMEOUT):
        return errors.TimedOutError
    if isinstance(cause, _CONNECT) and is_tls(cause):
        return errors.TlsError
    return errors.TransportError


def is_tls(error: BaseException | None) -> bool:
    """Return whether a connection failed since TLS refused it."""
    while error:
        # A connection that ends within the handshake is an SSLError too, and passes.
        if isinstance(error, ssl.SSLError):
            return not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        error = error.__cause__ or error.__context__
    return False
