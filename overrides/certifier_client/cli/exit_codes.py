"""The exit codes, and which error leads to which code."""

from enum import IntEnum
from typing import Self

from certifier_client import errors


class Exit(IntEnum):
    """The exit codes and their meanings, which the help lists."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a code with its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "everything was done"
    USAGE = 2, "an option or the file is invalid; nothing was sent"
    REJECTED = 3, "the service rejected the request"
    NOT_FOUND = 4, "there is no such credential template"
    AUTH = 5, "the access token or the plan does not allow it (401, 402, 403)"
    RATE_LIMITED = 6, "too many requests, also after retries"
    NETWORK = 7, "no response; the change may have been applied"
    PARTIAL = 8, "some changes were not applied; the summary says more"
    JOURNAL = 9, "the journal belongs to another run, or cannot be used"
    INTERRUPTED = 130, "stopped; the same command continues"


# The first match counts.
_CODES: tuple[tuple[type[errors.CertifierError], Exit], ...] = (
    (errors.InputError, Exit.USAGE),
    (errors.NotFoundError, Exit.NOT_FOUND),
    (errors.UnauthorizedError, Exit.AUTH),
    (errors.PaymentRequiredError, Exit.AUTH),
    (errors.ForbiddenError, Exit.AUTH),
    (errors.RateLimitedError, Exit.RATE_LIMITED),
    (errors.ServerError, Exit.NETWORK),
    (errors.TransportError, Exit.NETWORK),
    (errors.JournalError, Exit.JOURNAL),
    (errors.CertifierError, Exit.REJECTED),
)


def code_of(error: errors.CertifierError) -> Exit:
    """Return the exit code of an error."""
    return next(code for kind, code in _CODES if isinstance(error, kind))
