"""Every exception of this package: one tree, with CertifierError at its root.

=====================  ============================================================================
InputError             refused before anything was sent; also a ValueError
ClosedError            the client was used after it was closed
TransportError         no answer came, or it broke off; TimedOutError: a limit in time ended it
ResponseError          an answer of success that is not what the documentation says
StatusError            an answer that tells of a failure: a class for each status of the page, and
                       for each code of a 400
=====================  ============================================================================
"""

from typing import ClassVar

import httpx

from certifier_generated.models import ErrorDetails

_EXCERPT = 200  # characters of an unexpected body that an error shows


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
        """Take what was asked, and why there is no answer."""
        super().__init__(request, reason)
        self.request = request
        self.reason = reason

    def __str__(self) -> str:
        """Say what was asked and what happened."""
        return f"{self.request}: {self.reason}"


class TimedOutError(TransportError):
    """A limit in time passed; the client's option ``timeout`` sets the limits."""


class AnswerError(CertifierError):
    """An answer came, and it is no success.

    Attributes:
        request: method and URL.
        response: the answer, read to its end.

    """

    def __init__(self, request: str, response: httpx.Response) -> None:
        """Take what was asked and what was answered."""
        super().__init__(request, response)
        self.request = request
        self.response = response

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self.response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The header fields of the answer."""
        return self.response.headers

    @property
    def body(self) -> bytes:
        """The body of the answer, as it came."""
        return self.response.content

    @property
    def _excerpt(self) -> str:
        text = self.body.decode(errors="replace")
        return repr(text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…")


class ResponseError(AnswerError):
    """An answer of success that is not what the documentation says; it may have been applied.

    Attributes:
        problem: what is wrong, with its path in the body.

    """

    def __init__(self, request: str, response: httpx.Response, problem: str) -> None:
        """Take what was asked, what was answered and what is wrong with it."""
        super().__init__(request, response)
        self.args = (request, response, problem)
        self.problem = problem

    def __str__(self) -> str:
        """Say what is wrong, and show the body."""
        return f"{self.request}: {self.status}, but {self.problem}; the body is {self._excerpt}"


class StatusError(AnswerError):
    """An answer that tells of a failure.

    Attributes:
        details: the error object of the body, further fields included; None if the body has none.

    """

    hint: ClassVar[str] = ""

    def __init__(
        self, request: str, response: httpx.Response, details: ErrorDetails | None
    ) -> None:
        """Take what was asked, what was answered and what its body tells."""
        super().__init__(request, response)
        self.args = (request, response, details)
        self.details = details

    @property
    def code(self) -> str | None:
        """The error code, a plain string, also when it is new; None if the body has none."""
        return self.details.code if self.details else None

    @property
    def message(self) -> str | None:
        """The error message, for people: match on the code instead; None if the body has none."""
        return self.details.message if self.details else None

    def __str__(self) -> str:
        """Say what was asked, what was answered and what to do."""
        told = f"{self.code}: {self.message}" if self.details else f"the body is {self._excerpt}"
        return f"{self.request}: {self.status} {told}{self.hint and f' ({self.hint})'}"


class ClientError(StatusError):
    """4xx: sent again unchanged, the request will fail again."""


class BadRequestError(ClientError):
    """400."""


class MissingVersionError(BadRequestError):
    """400 missing_version."""

    hint = "something between this client and the API removes the header"


class InvalidVersionError(BadRequestError):
    """400 invalid_version."""

    hint = "leave the client's option version alone to send the documented one"


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

    hint = "check the id, and that the access token belongs to the template's organization"


class ConflictError(ClientError):
    """409."""


class RateLimitedError(ClientError):
    """429."""

    hint = "wait, then send fewer requests a second"


class ServerError(StatusError):
    """5xx: the request may have been applied."""


class InternalServerError(ServerError):
    """500."""
