"""Mistakes in who may do what."""

import base64
from typing import Any
from urllib.parse import parse_qs

from contract.independent.named_fault import (
    although,
    coded,
    failing,
    fault,
    remembering,
    status,
)
from contract.independent.service import Fields, Request, Response, Service


def matching(same: Any) -> Any:
    """Return a step that compares tokens in another way."""
    return lambda self, token: next(
        (name for known, name in self.tokens.items() if same(token, known)), None
    )


def also(read: Any) -> Any:
    """Return a step that also reads a token where the page does not have it."""
    return lambda self, request: Service.token(self, request) or read(request)


def basic(request: Request) -> str:
    """Return the password of the scheme Basic."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(value).decode().rpartition(":")[2] if scheme == "Basic" else ""
    except ValueError:
        return ""


def seventh(self: Service, request: Request) -> str:
    """Authenticate, apart from each seventh time."""
    self.memory["requests"] = self.memory.get("requests", 0) + 1
    return "" if self.memory["requests"] % 7 == 0 else Service.token(self, request)


def anyone(self: Service, template_id: str, organization: str) -> Fields:
    """Find a template whoever it belongs to."""
    return Service.find(self, template_id, self.owners.get(template_id, organization))


def copied(self: Service, template_id: str, organization: str) -> Fields:
    """Find one's own template, or a copy of another organization's."""
    found = anyone(self, template_id, organization)
    return found if self.owners[template_id] == organization else dict(found)


def redirected(response: Response) -> Response:
    """Lead to a page to log in."""
    return Response(302, {"location": "/login", "content-type": "text/html"}, b"")


def html(response: Response) -> Response:
    """Respond as a gateway does."""
    return Response(401, {"content-type": "text/html"}, b"<h1>401 Authorization Required</h1>")


FAULTS = [
    fault(
        "any-token-accepted",
        "Any token is taken for the first organization's.",
        organization=lambda self, token: self.tokens.get(token, "first" if token else None),
    ),
    fault(
        "no-token-accepted",
        "A request without a token is the first organization's.",
        organization=lambda self, token: self.tokens.get(token) if token else "first",
    ),
    fault(
        "token-case-ignored",
        "Tokens are compared without their case.",
        organization=matching(lambda token, known: token.lower() == known.lower()),
    ),
    fault(
        "token-compared-by-its-start",
        "Only the first 16 characters of a token are compared.",
        organization=matching(lambda token, known: token[:16] == known[:16]),
    ),
    fault(
        "token-cut",
        "The last letter of a token does not matter, as its column is one too short.",
        organization=matching(lambda token, known: token[:39] == known[:39]),
    ),
    fault(
        "token-may-go-on",
        "A token with further characters behind it is accepted.",
        organization=matching(lambda token, known: token.startswith(known)),
    ),
    fault(
        "token-checked-by-format",
        "Whatever looks like a token is accepted.",
        organization=lambda self, token: self.tokens.get(
            token, "first" if token.startswith("cfp_") and len(token) == 40 else None
        ),
    ),
    fault(
        "token-in-query-accepted",
        "The token may be in the query, as access_token.",
        token=also(lambda request: parse_qs(request.query).get("access_token", [""])[0]),
    ),
    fault(
        "token-in-api-key-header-accepted",
        "The token may be in X-Api-Key.",
        token=also(lambda request: request.headers.get("x-api-key", "")),
    ),
    fault(
        "any-scheme-accepted",
        "The scheme before the token is not looked at.",
        token=lambda self, request: request.headers.get("authorization", "").partition(" ")[2],
    ),
    fault(
        "token-without-scheme-accepted",
        "The token may stand without a scheme.",
        token=also(lambda request: request.headers.get("authorization", "")),
    ),
    fault(
        "empty-token-accepted",
        "A scheme with nothing behind it is enough.",
        authenticate=lambda self, request: (
            "first"
            if request.headers.get("authorization", "").strip().lower() == "bearer"
            else Service.authenticate(self, request)
        ),
    ),
    fault(
        "each-seventh-request-unauthorized",
        "One of seven servers does not know the token.",
        token=seventh,
    ),
    fault(
        "templates-of-others-changed",
        "Any token changes the templates of any organization.",
        find=anyone,
    ),
    fault(
        "templates-of-others-shown",
        "The template of another organization is shown as if changed, and stays as it was.",
        find=copied,
    ),
    fault(
        "templates-of-others-are-500",
        "The template of another organization is an internal error.",
        find=lambda self, template_id, organization: (
            Service.find(self, template_id, organization)
            if self.owners.get(template_id, organization) == organization
            else self.templates[template_id]["organization"]
        ),
    ),
    fault("unauthorized-is-403", "A wrong token is a 403.", error=status("unauthorized", 403)),
    fault(
        "unauthorized-is-not-found",
        "A wrong token is a 404, so that nobody learns which templates there are.",
        failure=lambda self, code: Service.failure(
            self, "not_found" if code == "unauthorized" else code
        ),
    ),
    fault(
        "unauthorized-redirects",
        "A wrong token leads to a page to log in.",
        failure=failing(redirected, "unauthorized"),
    ),
    fault(
        "unauthorized-is-html",
        "A wrong token gets the gateway's response, in HTML.",
        failure=failing(html, "unauthorized"),
    ),
    fault(
        "unauthorized-has-code-of-token",
        "A wrong token has the code invalid_token.",
        error_body=coded("unauthorized", "invalid_token"),
    ),
    fault(
        "missing-token-is-400",
        "A request without a token is a 400.",
        authenticate=lambda self, request: (
            Service.authenticate(self, request)
            if "authorization" in request.headers
            else Service.check_version(self, Request("PATCH", request.path))
        ),
    ),
    fault(
        "unauthorized-applied",
        "What a wrong token sent is applied before it is rejected.",
        respond=remembering,
        authenticate=although("authenticate"),
    ),
    fault(
        "plan-not-checked",
        "A free organization may change designs.",
        check_plan=lambda self, organization, fields: None,
    ),
    fault(
        "plan-too-strict",
        "A premium organization may not change designs either.",
        check_plan=lambda self, organization, fields: Service.check_plan(self, "free", fields),
    ),
    fault(
        "payment-required-is-403",
        "Designs of a free organization are a 403.",
        error=status("payment_required", 403),
    ),
]
