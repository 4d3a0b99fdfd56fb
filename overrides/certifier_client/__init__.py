"""Update credential templates with Certifier's HTTP API.

>>> from certifier_client import Certifier
>>> with Certifier() as certifier:  # reads CERTIFIER_ACCESS_TOKEN
...     template = certifier.credential_templates.update(
...         "01g90279gp5sbmfek7wymcsvec", name="Financial Markets"
...     )
>>> template.name
'Financial Markets'
"""

from importlib import import_module

TYPE_CHECKING = False  # not from typing, whose import takes longer than all of this module
if TYPE_CHECKING:
    from certifier_client.async_client import AsyncCertifier
    from certifier_client.bulk.async_updates import AsyncUpdates
    from certifier_client.bulk.change import Change, Outcome, PlannedChange
    from certifier_client.bulk.updates import Updates
    from certifier_client.client import Certifier
    from certifier_client.credential_templates import (
        AsyncCredentialTemplates,
        CredentialTemplates,
    )
    from certifier_client.errors import (
        ApiError,
        BadRequestError,
        CertifierError,
        ClientError,
        ClosedError,
        ConflictError,
        ContentTooLargeError,
        ForbiddenError,
        InputError,
        InternalServerError,
        InvalidJsonError,
        InvalidResponseError,
        InvalidVersionError,
        JournalError,
        MissingVersionError,
        NotFoundError,
        PaymentRequiredError,
        PoolTimeoutError,
        ProxyError,
        RateLimitedError,
        RedirectError,
        ServerError,
        StatusError,
        TimedOutError,
        TlsError,
        TransportError,
        UnauthorizedError,
        UnprocessableContentError,
        UnsupportedMediaTypeError,
        ValidationError,
    )
    from certifier_client.options import Options
    from certifier_client.rate_limiter import AdaptiveRateLimiter, RateLimiter
    from certifier_client.request import Request
    from certifier_client.response import Response
    from certifier_client.retry import Retry, RetryPolicy
    from certifier_client.version import __version__
    from certifier_generated.models import CredentialTemplate
    from certifier_generated.types import UNSET

__all__ = [
    "UNSET",
    "AdaptiveRateLimiter",
    "ApiError",
    "AsyncCertifier",
    "AsyncCredentialTemplates",
    "AsyncUpdates",
    "BadRequestError",
    "Certifier",
    "CertifierError",
    "Change",
    "ClientError",
    "ClosedError",
    "ConflictError",
    "ContentTooLargeError",
    "CredentialTemplate",
    "CredentialTemplates",
    "ForbiddenError",
    "InputError",
    "InternalServerError",
    "InvalidJsonError",
    "InvalidResponseError",
    "InvalidVersionError",
    "JournalError",
    "MissingVersionError",
    "NotFoundError",
    "Options",
    "Outcome",
    "PaymentRequiredError",
    "PlannedChange",
    "PoolTimeoutError",
    "ProxyError",
    "RateLimitedError",
    "RateLimiter",
    "RedirectError",
    "Request",
    "Response",
    "Retry",
    "RetryPolicy",
    "ServerError",
    "StatusError",
    "TimedOutError",
    "TlsError",
    "TransportError",
    "UnauthorizedError",
    "UnprocessableContentError",
    "UnsupportedMediaTypeError",
    "Updates",
    "ValidationError",
    "__version__",
]

# The modules that have these names; each comes after those that it imports.
_MODULES = (
    "version",
    "errors",
    "response",
    "request",
    "retry",
    "rate_limiter",
    "options",
    "credential_templates",
    "client",
    "async_client",
    "models",
    "bulk.change",
    "bulk.updates",
    "bulk.async_updates",
)

if not TYPE_CHECKING:  # a type checker would accept every name

    def __getattr__(name: str) -> object:
        """Import a name when it is first used: a program uses only a few."""
        if name in __all__:
            for module in _MODULES:
                found = vars(import_module(f"{__name__}.{module}"))
                if name in found:
                    globals()[name] = found[name]
                    return found[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
