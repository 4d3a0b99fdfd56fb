"""The exit codes, and which error ends in which."""

from enum import IntEnum

from certifier_client import errors


class Exit(IntEnum):
    """The exit codes, which the help lists."""

    OK = 0
    USAGE = 2
    REJECTED = 3
    NOT_FOUND = 4
    AUTH = 5
    RATE_LIMITED = 6
    NETWORK = 7
    PARTIAL = 8
    JOURNAL = 9
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "everything was done",
    Exit.USAGE: "an option or the file is invalid; nothing was sent",
    Exit.REJECTED: "the service rejected the request",
    Exit.NOT_FOUND: "there is no such credential template",
    Exit.AUTH: "the access token or the plan does not allow it (401, 402, 403)",
    Exit.RATE_LIMITED: "too many requests, also after retries",
    Exit.NETWORK: "no response; the change may have been applied",
    Exit.PARTIAL: "some changes were not applied; the summary says more",
    Exit.JOURNAL: "the journal belongs to another run, or cannot be used",
    Exit.INTERRUPTED: "stopped; the same command continues",
}

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
