"""Every exception of this package: one tree, with CertifierError at its root.

==================  ===============================================================================
InputError          refused before anything was sent; also a ValueError
ClosedError         the client was used after it was closed
TransportError      no answer came, or it broke off; TimedOutError: a limit in time ended it
AnswerError         an answer came that is not the documented success:
  ResponseError       a 2xx that is not what the documentation says
  StatusError         any other status, with a class for each that the documentation names
==================  ===============================================================================
"""

from collections.abc import Mapping
from typing import ClassVar

import httpx

from certifier_client.response import Response

_EXCERPT = 200  # characters of what a server said that an error shows


def _shown(text: str) -> str:
    """Return a server's text cut, and with nothing in it that could forge or break a log line."""
    return repr(text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…")


class CertifierError(Exception):
    """The root: ``except CertifierError`` catches whatever goes wrong in a call."""


class InputError(CertifierError, ValueError):
    """What was passed is certainly a mistake; nothing was sent."""


class ClosedError(CertifierError, RuntimeError):
    """The client, or the client that it was made from, is closed."""

    def __str__(self) -> str:
        """Say what to do."""
        return "the client is closed: make a new one, or keep it open for as long as it is used"


class TransportError(CertifierError):
    """No answer came, or it broke off: the request may or may not have been applied.

    Attributes:
        request: method and URL.
        reason: what the transport said.

    """

    def __init__(self, request: str, reason: str) -> None:
        super().__init__(request, reason)
        self.request = request
        self.reason = reason

    def __str__(self) -> str:
        """Say what was asked and what happened."""
        return f"{self.request}: {self.reason}"


class TimedOutError(TransportError):
    """A limit in time passed; the client's option ``timeout`` sets the limits."""


class AnswerError(CertifierError):
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

    def __str__(self) -> str:
        """Say what was asked and answered, and show the beginning of the body."""
        excerpt = _shown(self.body[: 4 * _EXCERPT + 4].decode(errors="replace"))
        return f"{self.response.request}: {self.status}, body {excerpt}"


class ResponseError(AnswerError):
    """A 2xx that is not what the documentation says; the request may have been applied.

    Attributes:
        problem: what is wrong, with its path in the body.

    """

    def __init__(self, response: Response, problem: str) -> None:
        super().__init__(response)
        self.args = (response, problem)
        self.problem = problem

    def __str__(self) -> str:
        """Say what is wrong, and show the beginning of the body."""
        return f"{super().__str__()}: {self.problem}"


class StatusError(AnswerError):
    """A status that tells of a failure.

    Attributes:
        details: the error object of the body, further fields included; empty if there is none.

    """

    hint: ClassVar[str] = ""

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

    def __str__(self) -> str:
        """Say what was asked, what was answered and what to do."""
        told = [_shown(text)[1:-1] for text in (self.code, self.message) if text]
        answered = f"{self.response.request}: {self.status} {': '.join(told)}"
        return f"{answered if told else super().__str__()}{self.hint and f' ({self.hint})'}"

    def _text(self, name: str) -> str | None:
        value = self.details.get(name)
        return value if isinstance(value, str) else None


class ClientError(StatusError):
    """4xx: sent again unchanged, the request will most likely fail again."""


class BadRequestError(ClientError):
    """400."""


class MissingVersionError(BadRequestError):
    """400 missing_version."""

    hint = "something between this client and the API removes the header"


class InvalidVersionError(BadRequestError):
    """400 invalid_version."""

    hint = "leave the client's option version out to send the documented one"


class InvalidJsonError(BadRequestError):
    """400 invalid_json."""


class ValidationError(BadRequestError):
    """400 validation_error."""


class UnauthorizedError(ClientError):
    """401."""

    hint = "check the access token; the Certifier Dashboard shows and manages access tokens"


class PaymentRequiredError(ClientError):
    """402."""


class ForbiddenError(ClientError):
    """403."""


class NotFoundError(ClientError):
    """404."""

    hint = "check the id, base_url, and that the access token is of the template's organization"


class ConflictError(ClientError):
    """409."""


class RateLimitedError(ClientError):
    """429."""

    hint = "wait, then send fewer requests a second"


class ServerError(StatusError):
    """5xx: the request may have been applied."""


class InternalServerError(ServerError):
    """500."""
