"""All exceptions of this package. CertifierError is their base class.

- InputError: an argument is invalid, and nothing was sent; also a ValueError
- ClosedError: the client was used after it was closed
- JournalError: the journal of many updates belongs to another run, or cannot be read or written
- TransportError: no complete response arrived
    - TimedOutError: a timeout or the deadline passed
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
    """The base class: ``except CertifierError`` catches everything that goes wrong in a call.

    Attributes:
        attempts: how many requests the call sent, or tried to send.
        elapsed: seconds from the beginning of the call to its end.
        may_have_been_applied: whether any of the requests may have changed the template despite
            the error; False means that this call did not change it.
        retry_after: seconds that the last response asks to wait; None if it does not.

    """

    attempts: int = 0
    elapsed: float = 0.0
    may_have_been_applied: bool = False

    @property
    def retry_after(self) -> float | None:  # noqa: D102 - documented above
        return None

    def __repr__(self) -> str:
        # Only the text: asyncio builds the repr of each task that fails, and bodies may be long.
        return f"{type(self).__name__}({str(self)!r})"

    def _history(self) -> str:
        return f" [{self.attempts} attempts, {self.elapsed:.1f} s]" if self.attempts > 1 else ""


class InputError(CertifierError, ValueError):
    """An argument is invalid; nothing was sent.

    Attributes:
        argument: its name, with which the message begins; None if the message is not about one.

    """

    def __init__(self, message: str, argument: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument


class ClosedError(CertifierError, RuntimeError):
    """The client, or the client that it was made from, is closed."""

    def __str__(self) -> str:
        """Say what to do."""
        return "the client is closed: make a new one, or keep it open for as long as it is used"


class JournalError(CertifierError):
    """The journal of many updates cannot be used; nothing more was sent."""


class TransportError(CertifierError):
    """No complete response arrived.

    Attributes:
        request: method and URL.
        reason: the error of the transport.

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
    """Time ran out; see the client's options ``timeout`` and ``deadline``."""


class TlsError(TransportError):
    """The server's certificate is not trusted, or its TLS version is too old."""

    hint = (
        "check the base URL, this machine's clock, and for a certificate of your own network "
        "SSL_CERT_FILE; the check cannot be switched off"
    )


class ProxyError(TransportError):
    """The proxy could not be reached, or did not forward the request."""

    hint = "check the option proxy, or HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"


class PoolTimeoutError(TransportError):
    """All connections of this client were in use until the timeout ``pool`` passed."""

    hint = "make fewer calls at a time, or raise the limit pool of the option timeout"


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
        """Seconds that the service asks to wait; None if it does not."""
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
        problem: what is wrong, with its path in the body.

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
        details: the error object of the body, with all its fields; empty if there is none.

    """

    hint: ClassVar[str] = ""
    may_have_been_applied = True  # unless the status says that nothing happened

    def __init__(self, response: Response, details: Mapping[str, object]) -> None:
        super().__init__(response)
        self.args = (response, details)
        self.details = details

    @property
    def code(self) -> str | None:
        """The error code as a plain string, even an unknown one; None if the body has none."""
        return self._text("code")

    @property
    def message(self) -> str | None:
        """The error message, for people: compare the code instead; None if the body has none."""
        return self._text("message")

    def _summary(self) -> str:
        texts = [_shown(text)[1:-1] for text in (self.code, self.message) if text]
        summary = f"{self.status} {': '.join(texts)}" if texts else super()._summary()
        return f"{summary}{_hint(self.hint)}"

    def _text(self, name: str) -> str | None:
        value = self.details.get(name)
        return value if isinstance(value, str) else None


class RedirectError(StatusError):
    """3xx: never followed, since the access token is only for this server."""

    hint = "redirects are not followed: check the base URL, and what stands before the API"

    def __init__(self, response: Response, details: Mapping[str, object]) -> None:
        super().__init__(response, details)
        # These say that the request belongs elsewhere; a 303 may follow a request that was applied.
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

    hint = "something between this client and the API removes the header"


class InvalidVersionError(BadRequestError):
    """400 invalid_version: the API's table of errors has it, the operation's page does not."""

    hint = "leave the client's option version out to send the documented one"


class InvalidJsonError(BadRequestError):
    """400 invalid_json: the API's table of errors has it, the operation's page does not."""


class ValidationError(BadRequestError):
    """400 validation_error: the API's table of errors has it, the operation's page does not."""


class UnauthorizedError(ClientError):
    """401."""

    hint = "check the access token; the Certifier Dashboard shows and manages access tokens"


class PaymentRequiredError(ClientError):
    """402."""


class ForbiddenError(ClientError):
    """403: the API's table of errors has it, the operation's page does not."""


class NotFoundError(ClientError):
    """404."""

    hint = "check the id, the base URL, and that the access token is of the template's organization"


class ConflictError(ClientError):
    """409: the API's table of errors has it, the operation's page does not."""


class ContentTooLargeError(ClientError):
    """413: no page of the vendor has it; a gateway may send it."""


class UnsupportedMediaTypeError(ClientError):
    """415: no page of the vendor has it; a gateway may send it."""


class UnprocessableContentError(ClientError):
    """422: no page of the vendor has it."""


class RateLimitedError(ClientError):
    """429."""

    hint = "wait, then send fewer requests a second"


class ServerError(StatusError):
    """5xx: the request may have been applied."""

    hint = "the service is out of order: try again later"


class InternalServerError(ServerError):
    """500."""
