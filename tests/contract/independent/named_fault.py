"""A named fault, and what many faults have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from contract.independent.service import Fields, Rejected, Request, Response, Service

Step = Callable[..., Any]


@dataclass(frozen=True)
class Fault:
    """A mistake of the service."""

    name: str
    sentence: str
    service: type[Service]


def fault(name: str, sentence: str, **steps: Step) -> Fault:
    """Name a mistake and the steps of the service that it replaces."""
    unknown = steps.keys() - vars(Service).keys()
    if unknown:
        raise TypeError(f"{name}: the service has no {unknown}")
    return Fault(name, sentence, cast("type[Service]", type(name, (Service,), dict(steps))))


def succeeding(change: Callable[[Response], Response]) -> Step:
    """Return a step that changes each successful response."""
    return lambda self, shown: change(Service.success(self, shown))


def failing(change: Callable[[Response], Response], code: str = "") -> Step:
    """Return a step that changes the response to each error, or to one."""

    def failure(self: Service, sent: str) -> Response:
        response = Service.failure(self, sent)
        return change(response) if code in {"", sent} else response

    return failure


def showing(change: Callable[[Fields], Any]) -> Step:
    """Return a step that changes what a successful response shows."""
    return lambda self, template, fields: change(Service.shown(self, template, fields))


def status(code: str, number: int) -> Step:
    """Return a step that gives an error another status."""

    def error(self: Service, sent: str) -> tuple[int, str]:
        known, message = Service.error(self, sent)
        return number if sent == code else known, message

    return error


def coded(code: str, other: Any) -> Step:
    """Return a step that gives an error another code."""
    return lambda self, sent, message: Service.error_body(
        self, other if sent == code else sent, message
    )


def although(step: str) -> Step:
    """Return a step that applies what was sent, although the request is rejected there."""
    original = getattr(Service, step)

    def checked(self: Service, *arguments: Any) -> Any:
        try:
            return original(self, *arguments)
        except Rejected:
            request: Request = self.memory["request"]
            template = self.templates.get(request.path.rpartition("/")[2])
            if template is not None:
                self.change(template, self.parse(request))
            raise

    return checked


def remembering(self: Service, request: Request) -> Response:
    """Respond to a request that later steps may look at."""
    self.memory["request"] = request
    return Service.respond(self, request)
