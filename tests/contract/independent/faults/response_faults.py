"""Mistakes in how a response is written."""

import json
from dataclasses import replace
from typing import Any

from contract.independent.named_fault import (
    failing,
    fault,
    showing,
    succeeding,
)
from contract.independent.service import Request, Response, Service


def typed(content_type: str) -> Any:
    """Return a change of the content type."""
    return lambda response: replace(
        response, headers=response.headers | {"content-type": content_type}
    )


def untyped(response: Response) -> Response:
    """Leave out the content type."""
    headers = {name: value for name, value in response.headers.items() if name != "content-type"}
    return replace(response, headers=headers)


def numbered(status: int) -> Any:
    """Return a change of the status."""
    return lambda response: replace(response, status=status)


def written(change: Any) -> Any:
    """Return a change of the bytes of the body."""
    return lambda response: replace(response, body=change(response.body))


def renamed(**names: str) -> Any:
    """Return a change of the names of fields."""
    return lambda shown: {names.get(name, name): value for name, value in shown.items()}


def lacking(name: str) -> Any:
    """Return a change that leaves out a field."""
    return lambda shown: {key: value for key, value in shown.items() if key != name}


def moved(self: Service, request: Request) -> Response:
    """Lead from the old path to a new one."""
    if not request.path.startswith("/v1/groups/"):
        return Service.respond(self, request)
    location = request.path.replace("groups", "credential-templates")
    return Response(308, {"location": location}, b"")


def started(self: Service, request: Request) -> Response:
    """Respond to the first request as a server does that is still starting."""
    self.memory["requests"] = self.memory.get("requests", 0) + 1
    if self.memory["requests"] == 1:
        return Response(503, {"content-type": "text/html"}, b"<h1>Starting</h1>")
    return Service.respond(self, request)


def ninth(self: Service, request: Request) -> Response:
    """Respond to each ninth request as a gateway does whose server is gone."""
    self.memory["requests"] = self.memory.get("requests", 0) + 1
    if self.memory["requests"] % 9 == 0:
        return Response(502, {"content-type": "text/html"}, b"<h1>502 Bad Gateway</h1>")
    return Service.respond(self, request)


def bodies(change: Any) -> Any:
    """Return a step that writes the bodies of errors in another way."""
    return lambda self, code, message: change(code, message)


SNAKE = {
    "learningEventUrl": "learning_event_url",
    "designIds": "design_ids",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
}

FAULTS = [
    fault("success-is-201", "A change is a 201.", success=succeeding(numbered(201))),
    fault(
        "success-is-204",
        "A change is a 204 without a body.",
        success=lambda self, shown: Response(204, {}, b""),
    ),
    fault(
        "success-is-empty",
        "A change is a 200 without a body.",
        success=succeeding(written(lambda body: b"")),
    ),
    fault(
        "success-is-ok",
        "A change is a 200 that says so, in place of the template.",
        success=lambda self, shown: Service.success(self, {"success": True}),
    ),
    fault(
        "success-is-text", "The template is called text.", success=succeeding(typed("text/plain"))
    ),
    fault(
        "success-is-html",
        "The template is called HTML.",
        success=succeeding(typed("text/html; charset=utf-8")),
    ),
    fault(
        "success-has-no-type",
        "The template comes without a content type.",
        success=succeeding(untyped),
    ),
    fault(
        "success-in-data",
        "The template stands in data.",
        shown=showing(lambda shown: {"data": shown}),
    ),
    fault(
        "success-in-list", "The template stands in a list.", shown=showing(lambda shown: [shown])
    ),
    fault(
        "success-in-string",
        "The template is JSON in a string.",
        success=succeeding(written(lambda body: json.dumps(body.decode()).encode())),
    ),
    fault(
        "success-with-byte-order-mark",
        "The body begins with a byte order mark.",
        success=succeeding(written(lambda body: b"\xef\xbb\xbf" + body)),
    ),
    fault(
        "success-cut",
        "The last byte of the body is missing.",
        success=succeeding(written(lambda body: body[:-1])),
    ),
    fault(
        "success-in-latin-1",
        "The body is written in Latin-1.",
        success=succeeding(written(lambda body: body.decode().encode("latin-1", "replace"))),
    ),
    fault(
        "success-said-to-be-compressed",
        "The body is said to be compressed, and is not.",
        success=succeeding(
            lambda response: replace(
                response, headers=response.headers | {"content-encoding": "gzip"}
            )
        ),
    ),
    fault(
        "fields-in-snake-case", "Fields are shown in snake_case.", shown=showing(renamed(**SNAKE))
    ),
    fault(
        "name-shown-as-title", "The name is shown as title.", shown=showing(renamed(name="title"))
    ),
    fault("id-not-shown", "The id is missing.", shown=showing(lacking("id"))),
    fault("name-not-shown", "The name is missing.", shown=showing(lacking("name"))),
    fault("url-not-shown", "The URL is missing.", shown=showing(lacking("learningEventUrl"))),
    fault("designs-not-shown", "The designs are missing.", shown=showing(lacking("designIds"))),
    fault("created-at-not-shown", "createdAt is missing.", shown=showing(lacking("createdAt"))),
    fault("updated-at-not-shown", "updatedAt is missing.", shown=showing(lacking("updatedAt"))),
    fault(
        "id-shown-in-upper-case",
        "The id is shown in upper case.",
        shown=showing(lambda shown: shown | {"id": shown["id"].upper()}),
    ),
    fault(
        "id-shown-is-anothers",
        "The id is one of the database.",
        shown=showing(lambda shown: shown | {"id": "4711"}),
    ),
    fault(
        "url-shown-is-null",
        "The URL is always null.",
        shown=showing(lambda shown: shown | {"learningEventUrl": None}),
    ),
    fault(
        "name-shown-escaped",
        "The name is escaped where it is shown.",
        shown=showing(
            lambda shown: shown | {"name": shown["name"].replace("&", "&amp;").replace("<", "&lt;")}
        ),
    ),
    fault("path-moved", "The path leads to a new one.", respond=moved),
    fault(
        "first-request-is-503",
        "The first request meets a server that is starting.",
        respond=started,
    ),
    fault("each-ninth-request-is-502", "One of nine servers is gone.", respond=ninth),
    fault(
        "errors-without-object",
        "Code and message stand outside of error.",
        error_body=bodies(lambda code, message: {"code": code, "message": message}),
    ),
    fault(
        "errors-in-list",
        "The error stands in a list of errors.",
        error_body=bodies(lambda code, message: {"errors": [{"code": code, "message": message}]}),
    ),
    fault(
        "errors-are-their-code",
        "The error is only its code.",
        error_body=bodies(lambda code, message: {"error": code}),
    ),
    fault(
        "errors-with-other-words",
        "Errors have type and detail.",
        error_body=bodies(lambda code, message: {"error": {"type": code, "detail": message}}),
    ),
    fault(
        "errors-without-code",
        "Errors have no code.",
        error_body=bodies(lambda code, message: {"error": {"message": message}}),
    ),
    fault(
        "errors-without-message",
        "Errors have no message.",
        error_body=bodies(lambda code, message: {"error": {"code": code}}),
    ),
    fault(
        "errors-with-number",
        "The code of errors is a number.",
        error_body=lambda self, code, message: {
            "error": {"code": self.error(code)[0], "message": message}
        },
    ),
    fault(
        "errors-in-upper-case",
        "The code of errors is in upper case.",
        error_body=bodies(
            lambda code, message: {"error": {"code": code.upper(), "message": message}}
        ),
    ),
    fault(
        "errors-with-hyphens",
        "The code of errors has hyphens.",
        error_body=bodies(
            lambda code, message: {"error": {"code": code.replace("_", "-"), "message": message}}
        ),
    ),
    fault("errors-are-empty", "Errors have no body.", failure=failing(written(lambda body: b""))),
    fault(
        "errors-are-html",
        "Errors are HTML.",
        failure=failing(
            lambda response: Response(
                response.status, response.headers | {"content-type": "text/html"}, b"<h1>Error</h1>"
            )
        ),
    ),
    fault(
        "errors-called-html",
        "Errors are JSON that is called HTML.",
        failure=failing(typed("text/html")),
    ),
    fault(
        "errors-called-a-problem",
        "Errors are JSON that is called a problem.",
        failure=failing(typed("application/problem+json")),
    ),
    fault("errors-are-200", "Errors have the status 200.", failure=failing(numbered(200))),
    fault("errors-are-400", "All errors have the status 400.", failure=failing(numbered(400))),
]
