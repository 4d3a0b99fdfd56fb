"""Update credential templates with Certifier's HTTP API.

>>> from certifier_client import Certifier
>>> with Certifier() as certifier:  # reads CERTIFIER_ACCESS_TOKEN
...     template = certifier.credential_templates.update(
...         "01g90279gp5sbmfek7wymcsvec", name="Financial Markets"
...     )
>>> template.name
'Financial Markets'
"""

from certifier_client.client import AsyncCertifier, Certifier
from certifier_client.credential_templates import (
    AsyncCredentialTemplates,
    CredentialTemplateFields,
    CredentialTemplates,
)
from certifier_client.errors import (
    AnswerError,
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
    InvalidVersionError,
    MissingVersionError,
    NotFoundError,
    PaymentRequiredError,
    ProxyError,
    RateLimitedError,
    RedirectError,
    ResponseError,
    SaturatedError,
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
from certifier_client.models import CredentialTemplate
from certifier_client.response import Response
from certifier_client.retry import Retry, RetryPolicy
from certifier_client.settings import Options
from certifier_client.version import __version__

__all__ = [
    "AnswerError",
    "AsyncCertifier",
    "AsyncCredentialTemplates",
    "BadRequestError",
    "Certifier",
    "CertifierError",
    "ClientError",
    "ClosedError",
    "ConflictError",
    "ContentTooLargeError",
    "CredentialTemplate",
    "CredentialTemplateFields",
    "CredentialTemplates",
    "ForbiddenError",
    "InputError",
    "InternalServerError",
    "InvalidJsonError",
    "InvalidVersionError",
    "MissingVersionError",
    "NotFoundError",
    "Options",
    "PaymentRequiredError",
    "ProxyError",
    "RateLimitedError",
    "RedirectError",
    "Response",
    "ResponseError",
    "Retry",
    "RetryPolicy",
    "SaturatedError",
    "ServerError",
    "StatusError",
    "TimedOutError",
    "TlsError",
    "TransportError",
    "UnauthorizedError",
    "UnprocessableContentError",
    "UnsupportedMediaTypeError",
    "ValidationError",
    "__version__",
]
