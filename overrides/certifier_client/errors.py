"""Every exception of this package: one tree, with CertifierError at its root.

- InputError: refused before anything was sent; also a ValueError
- ClosedError: the client was used after it was closed
- JournalError: the journal of many updates is another run's, or cannot be read or written
- TransportError: no answer came, or it broke off
    - TimedOutError: a limit in time ended it
    - TlsError: the server's certificate, or its TLS, is not to be trusted
    - ProxyError: the proxy could not be reached, or would not pass the request on
    - PoolTimeoutError: this client's own connections were all in use
- ApiError: an answer came that is not the documented success
    - InvalidResponseError: a 2xx that is not what the documentation says
    - StatusError: any other status, with a class for each that the documentation names
"""

from collections.abc import Mapping
from typing import ClassVar

import httpx

from certifier_client.response import Response

_EXCERPT = 200  # characters of what a server said that an error shows


def _shown(text: str) -> str:
    """Return a server's text cut, and with nothing in it that could forge or break a log line."""
    return repr(text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…")


def _hint(text: str) -> str:
    return f" ({text})" if text else ""


class CertifierError(Exception):
    """The root: ``except CertifierError`` catches whatever goes wrong in a call.

    Attributes:
        attempts: how many requests the call sent, or tried to send.
        elapsed: seconds from the beginning of the call to its end.
        may_have_been_applied: whether any of the requests may have changed the template all the
            same; False means that it is as it was, as far as this call goes.
        retry_after: seconds that the service asks to wait, by the last answer; None if it does not.

    """

    attempts: int = 0
    elapsed: float = 0.0
    may_have_been_applied: bool = False

    @property
    def retry_after(self) -> float | None:  # noqa: D102 - told above
        return None

    def __repr__(self) -> str:
        # As short as the text: asyncio makes this of each task that fails, and bodies may be long.
        return f"{type(self).__name__}({str(self)!r})"

    def _history(self) -> str:
        return f" [{self.attempts} attempts, {self.elapsed:.1f} s]" if self.attempts > 1 else ""


class InputError(CertifierError, ValueError):
    """What was passed is certainly a mistake; nothing was sent."""


class ClosedError(CertifierError, RuntimeError):
    """The client, or the client that it was made from, is closed."""

    def __str__(self) -> str:
        """Say what to do."""
        return "the client is closed: make a new one, or keep it open for as long as it is used"


class JournalError(CertifierError):
    """The journal of many updates cannot be used; nothing more was sent."""


class TransportError(CertifierError):
    """No answer came, or it broke off.

    Attributes:
        request: method and URL.
        reason: what the transport said.

    """

    hint: ClassVar[str] = ""

    def __init__(self, request: str, reason: str) -> None:
        super().__init__(request, reason)
        self.request = request
        self.reason = reason

    def __str__(self) -> str:
        """Say what was asked, what happened and what to do."""
        return f"{self.request}: {self.reason}{_hint(self.hint)}{self._history()}"


class TimedOutError(TransportError):
    """A limit in time passed; the client's options ``timeout`` and ``deadline`` set the limits."""


class TlsError(TransportError):
    """The server's certificate does not count here, or its TLS is too old."""

    hint = (
        "check base_url, this machine's clock, and for a certificate of your own network "
        "SSL_CERT_FILE; the check cannot be switched off"
    )


class ProxyError(TransportError):
    """The proxy could not be reached, or would not pass the request on."""

    hint = "check the option proxy, or HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"


class PoolTimeoutError(TransportError):
    """All connections of this client were in use for longer than a call may wait for one."""

    hint = "make fewer calls at a time, or raise the limit pool of the option timeout"


class ApiError(CertifierError):
    """An answer came that is not the documented success.

    Attributes:
        response: the answer, as it came.

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
        """The header fields of the answer."""
        return self.response.headers

    @property
    def body(self) -> bytes:
        """The body of the answer, as it came."""
        return self.response.body

    @property
    def retry_after(self) -> float | None:
        """Seconds that the service asks to wait; None if it does not."""
        return self.response.retry_after

    def __str__(self) -> str:
        """Say what was asked and answered, and what to do."""
        return f"{self.response.request}: {self._told()}{self._history()}"

    def _told(self) -> str:
        excerpt = _shown(self.body[: 4 * _EXCERPT + 4].decode(errors="replace"))
        return f"{self.status}, body {excerpt}"


class InvalidResponseError(ApiError):
    """A 2xx that is not what the documentation says; the request may have been applied.

    Attributes:
        problem: what is wrong, with its path in the body.

    """

    may_have_been_applied = True

    def __init__(self, response: Response, problem: str) -> None:
        super().__init__(response)
        self.args = (response, problem)
        self.problem = problem

    def _told(self) -> str:
        return f"{super()._told()}: {self.problem}"


class StatusError(ApiError):
    """A status that tells of a failure.

    Attributes:
        details: the error object of the body, further fields included; empty if there is none.

    """

    hint: ClassVar[str] = ""
    may_have_been_applied = True  # unless the status says that nothing happened

    def __init__(self, response: Response, details: Mapping[str, object]) -> None:
        super().__init__(response)
        self.args = (response, details)
        self.details = details

    @property
    def code(self) -> str | None:
        """The error code, a plain string, also when it is new; None if the body has none."""
        return self._text("code")

    @property
    def message(self) -> str | None:
        """The error message, for people: match on the code instead; None if the body has none."""
        return self._text("message")

    def _told(self) -> str:
        texts = [_shown(text)[1:-1] for text in (self.code, self.message) if text]
        answered = f"{self.status} {': '.join(texts)}" if texts else super()._told()
        return f"{answered}{_hint(self.hint)}"

    def _text(self, name: str) -> str | None:
        value = self.details.get(name)
        return value if isinstance(value, str) else None


class RedirectError(StatusError):
    """3xx: never followed, since the access token is for this server alone."""

    hint = "redirects are not followed: check base_url, and what stands before the API"

    def __init__(self, response: Response, details: Mapping[str, object]) -> None:
        super().__init__(response, details)
        # These say that the request belongs elsewhere; 303 follows on one that was applied.
        self.may_have_been_applied = response.status not in {301, 302, 307, 308}

    @property
    def location(self) -> str | None:
        """Where the answer points, without a query or a password; None if nowhere."""
        return self.response.location

    def _told(self) -> str:
        return f"{super()._told()}{f', to {_shown(self.location)}' if self.location else ''}"


class ClientError(StatusError):
    """4xx: sent again unchanged, the request will most likely fail again."""

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

    hint = "check the id, base_url, and that the access token is of the template's organization"


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
