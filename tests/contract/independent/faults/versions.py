"""Mistakes with the version header and the rate limit."""

import re
from urllib.parse import parse_qs

from contract.independent.named_fault import (
    although,
    coded,
    failing,
    fault,
    remembering,
    status,
)
from contract.independent.service import VERSION, Request, Response, Service


def parsed(self: Service, version: str) -> bool:
    """Compare the numbers of a date."""
    return [int(part) for part in version.split("-")] == [2022, 10, 26]


def unless_empty(self: Service, request: Request) -> None:
    """Demand the version of requests that change something."""
    if request.body != b"{}":
        Service.check_version(self, request)


def html(response: Response) -> Response:
    """Respond as a gateway does."""
    return Response(429, {"content-type": "text/html"}, b"<h1>429 Too Many Requests</h1>")


def hurried(response: Response) -> Response:
    """Say in words when to come back."""
    return Response(response.status, response.headers | {"retry-after": "soon"}, response.body)


FAULTS = [
    fault(
        "version-ignored",
        "The version is not looked at.",
        check_version=lambda self, request: None,
    ),
    fault(
        "version-optional",
        "A request without a version is one of the newest.",
        version=lambda self, request: request.headers.get("certifier-version", VERSION),
    ),
    fault(
        "empty-version-is-the-newest",
        "An empty version is the newest.",
        version=lambda self, request: request.headers.get("certifier-version", "?") or VERSION,
    ),
    fault(
        "any-version-accepted",
        "There must be a version, but any is good.",
        is_known=lambda self, version: True,
    ),
    fault(
        "any-date-accepted",
        "Any date is a version.",
        is_known=lambda self, version: re.fullmatch(r"\d{4}-\d\d-\d\d", version) is not None,
    ),
    fault(
        "later-version-accepted",
        "Any later date is a version too.",
        is_known=lambda self, version: version >= VERSION,
    ),
    fault(
        "version-may-go-on",
        "There may be more behind the version.",
        is_known=lambda self, version: version.startswith(VERSION),
    ),
    fault(
        "wrong-version-is-500",
        "A version that is no date is an internal error.",
        is_known=parsed,
    ),
    fault(
        "version-in-query-accepted",
        "The version may be in the query.",
        version=lambda self, request: (
            Service.version(self, request)
            or next(iter(value for (value, *_) in parse_qs(request.query).values()), "")
        ),
    ),
    fault(
        "version-in-other-header-accepted",
        "The version may be in Api-Version.",
        version=lambda self, request: (
            Service.version(self, request) or request.headers.get("api-version", "")
        ),
    ),
    fault(
        "version-not-needed-to-read",
        "A request that changes nothing needs no version.",
        check_version=unless_empty,
    ),
    fault(
        "missing-version-is-422",
        "A missing version is a 422.",
        error=status("missing_version", 422),
    ),
    fault(
        "missing-version-is-500",
        "A missing version is an internal error.",
        version=lambda self, request: request.headers["certifier-version"],
    ),
    fault(
        "missing-version-is-a-validation-error",
        "A missing version is a 400 of another code.",
        error_body=coded("missing_version", "validation_error"),
    ),
    fault(
        "missing-version-applied",
        "What came without a version, or with a wrong one, is applied before it is rejected.",
        respond=remembering,
        check_version=although("check_version"),
    ),
    fault(
        "rate-limited-is-503",
        "Too many requests are a 503.",
        error=status("rate_limited", 503),
    ),
    fault(
        "rate-limited-has-code-of-status",
        "Too many requests have the code too_many_requests.",
        error_body=coded("rate_limited", "too_many_requests"),
    ),
    fault(
        "rate-limited-is-html",
        "Too many requests get the gateway's response, in HTML.",
        failure=failing(html, "rate_limited"),
    ),
    fault(
        "rate-limited-retry-after-in-words",
        "Too many requests may be sent again soon.",
        failure=failing(hurried, "rate_limited"),
    ),
    fault(
        "rate-limited-applied",
        "What was one request too many is applied all the same.",
        respond=remembering,
        limit=although("limit"),
    ),
]
