"""The exit codes, and which error ends in which."""

from enum import IntEnum

from certifier_client import errors


class Exit(IntEnum):
    """What a script can tell apart; the help lists them by these names."""

    OK = 0
    USAGE = 2
    REFUSED = 3
    NOT_FOUND = 4
    AUTH = 5
    RATE_LIMITED = 6
    NETWORK = 7
    PARTIAL = 8
    JOURNAL = 9
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "all is well",
    Exit.USAGE: "a mistake in the options or in the file; nothing was sent",
    Exit.REFUSED: "the service refused",
    Exit.NOT_FOUND: "there is no such credential template",
    Exit.AUTH: "the access token is not accepted, or the plan does not allow it (401, 402, 403)",
    Exit.RATE_LIMITED: "too many requests, also after some attempts",
    Exit.NETWORK: "no whole answer, or the service is out of order; it may have been applied",
    Exit.PARTIAL: "some changes were not applied; the summary says which and how to go on",
    Exit.JOURNAL: "the journal is another run's, or cannot be read or written",
    Exit.INTERRUPTED: "stopped by Ctrl-C or SIGTERM; run the same again to go on",
}

# The first that fits.
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
    (errors.CertifierError, Exit.REFUSED),
)


def code_of(error: errors.CertifierError) -> Exit:
    """Return the exit code of an error."""
    return next(code for kind, code in _CODES if isinstance(error, kind))
