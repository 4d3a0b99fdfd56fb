"""Map the outcome of an attempt to an exception, and decide whether a retry may succeed."""

import socket
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, cast

import httpx

from certifier_client import errors
from certifier_client._call.decode import ParseError, load
from certifier_client._call.redaction import redacted_cause, redacted_text
from certifier_client._http.message import Request
from certifier_client._http.pool import StaleError
from certifier_client._http.tls import is_tls
from certifier_client.response import Response

_BY_CODE: dict[tuple[int, object], type[errors.StatusError]] = {
    (400, "missing_version"): errors.MissingVersionError,
    (400, "invalid_version"): errors.InvalidVersionError,
    (400, "invalid_json"): errors.InvalidJsonError,
    (400, "validation_error"): errors.ValidationError,
}

_BY_STATUS: dict[int, type[errors.StatusError]] = {
    400: errors.BadRequestError,
    401: errors.UnauthorizedError,
    402: errors.PaymentRequiredError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    413: errors.ContentTooLargeError,
    415: errors.UnsupportedMediaTypeError,
    422: errors.UnprocessableContentError,
    429: errors.RateLimitedError,
    500: errors.InternalServerError,
}

_BY_CLASS: dict[int, type[errors.StatusError]] = {
    3: errors.RedirectError,
    4: errors.ClientError,
    5: errors.ServerError,
}

# The transient statuses of the service, and of gateways in front of it.
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 525), 530})

_CONNECT = (httpx.ConnectTimeout, httpx.ConnectError)
_TIMEOUT = (httpx.TimeoutException, TimeoutError)
# A transport of the user may raise exceptions of the operating system.
_NETWORK = (
    httpx.TransportError,
    httpx.InvalidURL,
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    ssl.SSLError,
)
_UNSENT = (
    httpx.PoolTimeout,
    *_CONNECT,
    httpx.ProxyError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)


class Failure(NamedTuple):
    """An attempt that did not succeed.

    Attributes:
        error: the exception to raise if there is no retry.
        retryable: whether a retry may succeed.
        stale: whether the server had closed the idle connection, which is not a real failure.

    """

    error: errors.CertifierError
    retryable: bool = False
    stale: bool = False


def of_exception(request: Request, error: Exception) -> Failure | None:
    """Return the failure that a transport's exception means; None if it is not a network error.

    Args:
        request: the request that failed.
        error: the exception of the transport.

    """
    if isinstance(error, errors.CertifierError):  # there was no attempt
        error.__context__ = (
            None  # neither the exception nor a frame may show the password of a proxy
        )
        return Failure(error.with_traceback(None))
    stale = isinstance(error, StaleError)
    cause = error.__cause__ or error if stale else error
    cause = _like_httpx(cause)
    if not (isinstance(cause, _NETWORK) or type(cause) is OSError):
        return None
    kind = _kind(cause)
    reason = redacted_text(request, f"{type(cause).__name__}: {cause}".removesuffix(": "))
    if kind is errors.TransportError and isinstance(cause, _CONNECT):
        reason += " (check the base URL, and that its server is running and can be reached)"
    known = kind(str(request), reason)
    known.__cause__ = redacted_cause(request, cause)
    known.may_have_been_applied = not isinstance(cause, _UNSENT)
    retryable = kind in {errors.TransportError, errors.TimedOutError} and (
        isinstance(cause, (*_CONNECT, *_TIMEOUT, httpx.NetworkError))
        # A truncated response may be complete next time, but a peer without HTTP stays so.
        or (isinstance(cause, httpx.RemoteProtocolError) and not _origin(cause))
    )
    return Failure(known, retryable, stale)


def _is_kin(error: BaseException | None) -> bool:
    """Return whether an exception is from a package with the exception names of httpx."""
    return type(error).__module__.partition(".")[0] in {"httpcore", "httpcore2", "httpx2"}


def _like_httpx(error: BaseException) -> BaseException:
    """Return httpx's exception for one of a related package, such as from a user's transport."""
    if isinstance(error, httpx.TransportError) or not _is_kin(error):
        return error
    kind = getattr(httpx, type(error).__name__, httpx.TransportError)
    alike: BaseException = kind(str(error))
    alike.__cause__ = error
    return alike


def _origin(error: BaseException) -> BaseException | None:
    """Return the first cause of an exception that is not from httpx or a related package."""
    cause = error.__cause__
    while cause and _is_kin(cause):
        cause = cause.__cause__
    return cause


def _kind(cause: BaseException) -> type[errors.TransportError]:
    if isinstance(cause, httpx.PoolTimeout):
        return errors.PoolTimeoutError
    if isinstance(cause, httpx.ProxyError):
        return errors.ProxyError
    if isinstance(cause, _TIMEOUT):
        return errors.TimedOutError
    if isinstance(cause, _CONNECT) and is_tls(cause):
        return errors.TlsError
    return errors.TransportError


def of_response(response: Response) -> Failure:
    """Return the failure that a response other than the documented success means."""
    return Failure(error_for(response), retryable=response.status in TRANSIENT)


def error_for(response: Response) -> errors.ApiError:
    """Return the exception for a response other than the documented success."""
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return errors.InvalidResponseError(response, "this status is not documented")
    details = _details(response.body)
    code = details.get("code")
    kind = (
        (_BY_CODE.get((status, code)) if isinstance(code, str) else None)
        or _BY_STATUS.get(status)
        or _BY_CLASS.get(status // 100)
        or errors.StatusError
    )
    return kind(response, details)


def _details(body: bytes) -> Mapping[str, object]:
    """Return the value of "error"; empty if there is none, as in an error of a gateway."""
    try:
        details = cast("Any", load(body))["error"]
    except (ParseError, LookupError, TypeError):
        return {}
    return cast("dict[str, object]", details) if isinstance(details, dict) else {}
