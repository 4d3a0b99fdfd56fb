"""All exceptions of this package. CertifierError is their base class.

- InputError: an argument is invalid, and nothing was sent; also a ValueError
- ClosedError: the client was used after it was closed
- JournalError: the journal of many updates belongs to another run, or cannot be read or written
- TransportError: no complete response arrived
    - TimedOutError: a timeout or the deadline was exceeded
    - TlsError: the server's certificate or TLS version is not trusted
    - ProxyError: the proxy could not be reached, or did not forward the request
    - PoolTimeoutError: all connections of this client were in use
- ApiError: the response is not the documented success
    - InvalidResponseError: a 2xx response that does not match the documentation
    - StatusError: any other status, with a class for each documented one
"""

from collections.abc import Mapping
from typing import ClassVar

import httpx

from certifier_client.response import Response

_EXCERPT = 200  # characters of a server's text that an error shows


def _shown(text: str) -> str:
    """Shorten and escape a server's text, so that it cannot forge or break a log line."""
    return repr(text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…")


def _hint(text: str) -> str:
    return f" ({text})" if text else ""


class CertifierError(Exception):
    """The base class of all errors of a call.

    Attributes:
        attempts: the number of requests that the call sent, or tried to send.
        elapsed: the duration of the call in seconds.
        may_have_been_applied: whether one of the requests may have changed the template despite
            the error; False means that this call did not change it.
        retry_after: how many seconds the last response asks to wait; None if it does not.

    """

    attempts: int = 0
    elapsed: float = 0.0
    may_have_been_applied: bool = False

    @property
    def retry_after(self) -> float | None:  # noqa: D102 - documented above
        return None

    def __repr__(self) -> str:
        # Without the body, which may be long: asyncio builds the repr of each failed task.
        return f"{type(self).__name__}({str(self)!r})"

    def _history(self) -> str:
        return f" [{self.attempts} attempts, {self.elapsed:.1f} s]" if self.attempts > 1 else ""


class InputError(CertifierError, ValueError):
    """An argument is invalid; nothing was sent.

    Attributes:
        argument: the name of the argument; None if the message is not about a single one.

    """

    def __init__(self, message: str, argument: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument


class ClosedError(CertifierError, RuntimeError):
    """The client, or the client that it was copied from, is closed."""

    def __str__(self) -> str:
        """Say what to do."""
        return "the client is closed: create a new one, or close it later"


class JournalError(CertifierError):
    """The journal of many updates cannot be used; nothing more was sent."""


class TransportError(CertifierError):
    """No complete response arrived.

    Attributes:
        request: method and URL.
        reason: what went wrong, as text.

    """

    hint: ClassVar[str] = ""

    def __init__(self, request: str, reason: str) -> None:
        super().__init__(request, reason)
        self.request = request
        self.reason = reason

    def __str__(self) -> str:
        """Say what was requested, what happened and what to do."""
        return f"{self.request}: {self.reason}{_hint(self.hint)}{self._history()}"


class TimedOutError(TransportError):
    """A timeout or the deadline was exceeded; see the options ``timeout`` and ``deadline``."""


class TlsError(TransportError):
    """The server's certificate is not trusted, or its TLS version is too old."""

    hint = (
        "check the base URL and this machine's clock; if the certificate is from a private CA, "
        "name its file in SSL_CERT_FILE. Verification cannot be turned off"
    )


class ProxyError(TransportError):
    """The proxy could not be reached, or did not forward the request."""

    hint = "check the option proxy, or HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"


class PoolTimeoutError(TransportError):
    """All connections of this client were in use for longer than the ``pool`` timeout."""

    hint = "make fewer calls at a time, or raise the pool timeout (option timeout)"


class ApiError(CertifierError):
    """The response is not the documented success.

    Attributes:
        response: the response, unchanged except that a repeated access token is masked.

    """

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self.response.status

    @property
    def headers(self) -> httpx.Headers:
        """The header fields of the response."""
        return self.response.headers

    @property
    def body(self) -> bytes:
        """The body of the response."""
        return self.response.body

    @property
    def retry_after(self) -> float | None:
        """How many seconds the service asks to wait; None if it does not."""
        return self.response.retry_after

    def __str__(self) -> str:
        """Say what was requested, what the response was, and what to do."""
        return f"{self.response.request}: {self._summary()}{self._history()}"

    def _summary(self) -> str:
        excerpt = _shown(self.body[: 4 * _EXCERPT + 4].decode(errors="replace"))
        return f"{self.status}, body {excerpt}"


class InvalidResponseError(ApiError):
    """A 2xx response that does not match the documentation; the request may have been applied.

    Attributes:
        problem: what is wrong, and where in the body.

    """

    may_have_been_applied = True

    def __init__(self, response: Response, problem: str) -> None:
        super().__init__(response)
        self.args = (response, problem)
        self.problem = problem

    def _summary(self) -> str:
        return f"{super()._summary()}: {self.problem}"


class StatusError(ApiError):
    """A response whose status is not 2xx.

    Attributes:
        details: the object ``error`` of the body, with all its fields; empty if there is none.

    """

    hint: ClassVar[str] = ""
    may_have_been_applied = True  # unless the status says that nothing happened

    def __init__(self, response: Response, details: Mapping[str, object]) -> None:
        super().__init__(response)
        self.args = (response, details)
        self.details = details

    @property
    def code(self) -> str | None:
        """The error code, which may be an unknown one; None if the body has none."""
        return self._text("code")

    @property
    def message(self) -> str | None:
        """The error message, for people; None if the body has none. Programs compare ``code``."""
        return self._text("message")

    def _summary(self) -> str:
        texts = [_shown(text)[1:-1] for text in (self.code, self.message) if text]
        summary = f"{self.status} {': '.join(texts)}" if texts else super()._summary()
        return f"{summary}{_hint(self.hint)}"

    def _text(self, name: str) -> str | None:
        value = self.details.get(name)
        return value if isinstance(value, str) else None


class RedirectError(StatusError):
    """3xx: never followed, because the access token is only for this server."""

    hint = "redirects are not followed: check the base URL, and any proxy in front of the API"

    def __init__(self, response: Response, details: Mapping[str, object]) -> None:
        super().__init__(response, details)
        # These mean that the request belongs elsewhere; a 303 may be the response to an update.
        self.may_have_been_applied = response.status not in {301, 302, 307, 308}

    @property
    def location(self) -> str | None:
        """The target of the redirect, without a query or a password; None if there is none."""
        return self.response.location

    def _summary(self) -> str:
        return f"{super()._summary()}{f', to {_shown(self.location)}' if self.location else ''}"


class ClientError(StatusError):
    """4xx: the same request will most likely fail again."""

    may_have_been_applied = False


class BadRequestError(ClientError):
    """400."""


class MissingVersionError(BadRequestError):
    """400 missing_version."""

    hint = "a proxy between this client and the API may have removed the header"


class InvalidVersionError(BadRequestError):
    """400 invalid_version: in the API's table of errors, but not on the operation's page."""

    hint = "leave out the option version to send the documented version"


class InvalidJsonError(BadRequestError):
    """400 invalid_json: in the API's table of errors, but not on the operation's page."""


class ValidationError(BadRequestError):
    """400 validation_error: in the API's table of errors, but not on the operation's page."""


class UnauthorizedError(ClientError):
    """401."""

    hint = "check the access token; the Certifier Dashboard shows and manages access tokens"


class PaymentRequiredError(ClientError):
    """402."""


class ForbiddenError(ClientError):
    """403: in the API's table of errors, but not on the operation's page."""


class NotFoundError(ClientError):
    """404."""

    hint = "check the id, the base URL, and that the token belongs to the template's organization"


class ConflictError(ClientError):
    """409: in the API's table of errors, but not on the operation's page."""


class ContentTooLargeError(ClientError):
    """413: not documented by the vendor; a gateway may send it."""


class UnsupportedMediaTypeError(ClientError):
    """415: not documented by the vendor; a gateway may send it."""


class UnprocessableContentError(ClientError):
    """422: not documented by the vendor."""


class RateLimitedError(ClientError):
    """429."""

    hint = "wait, then send fewer requests a second"


class ServerError(StatusError):
    """5xx: the request may have been applied."""

    hint = "the service failed: try again later"


class InternalServerError(ServerError):
    """500."""
