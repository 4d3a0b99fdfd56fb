"""A running sandbox for tests: where it is, and how to set up and inspect its state."""

import json
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, Unpack

from certifier_sandbox.app import create_app
from certifier_sandbox.clock import Clock
from certifier_sandbox.control import ROUTES
from certifier_sandbox.organizations import PREMIUM_TOKEN
from certifier_sandbox.request_log import Entry
from certifier_sandbox.state import State
from certifier_sandbox.template import Template
from certifier_sandbox.transport import InProcess


class NewTemplate(TypedDict, total=False):
    """The fields of a seeded template; by default those of the documentation's example, now."""

    id: str
    organization: str
    name: str
    learning_event_url: str | None
    design_ids: list[str]
    created_at: str
    updated_at: str


class Injection(TypedDict, total=False):
    """A fault: a `status`, the `error` of a documented code, `drop`, or only a `delay`.

    `drop` closes the connection without a response; after a `delay` (in seconds) without any of
    the others, the sandbox responds as usual. `times` is the number of requests to which it
    happens.
    """

    status: int
    error: str
    json: Any
    text: str
    headers: dict[str, str]
    drop: Literal[True]
    delay: float
    times: int


@dataclass(frozen=True)
class Sandbox:
    """A sandbox, with everything that its control API does.

    Attributes:
        url: the base URL for a client.
        token: the access token of the premium organization.
        transport: the transport for a client; None if the sandbox listens on a port.

    """

    url: str
    _state: State = field(repr=False)
    token: str = field(default=PREMIUM_TOKEN, repr=False)
    transport: InProcess | None = field(default=None, repr=False)

    def reset(self) -> None:
        """Go back to the start: seed, clock, rate limit, log and injections."""
        self._state.reset()

    def seed(self, **template: Unpack[NewTemplate]) -> Template:
        """Create a template, or replace the one with its id; raises `ValueError`.

        By default it belongs to the organization `premium`, and its id is a new ULID.
        """
        if unknown := sorted(template.keys() - NewTemplate.__annotations__.keys()):
            known = ", ".join(NewTemplate.__annotations__)
            raise ValueError(f"unknown field {', '.join(unknown)}: known fields are {known}")
        asked = {_documented(name): value for name, value in template.items()}
        made = self._do("POST", "/templates", {"organization": "premium", **asked})
        seeded = self._state.store.get(made["id"])
        if seeded is None:
            raise LookupError("another thread has reset the sandbox in between")
        return seeded

    @property
    def templates(self) -> dict[str, Template]:
        """The current templates, by id."""
        return {template.id: template for template in self._state.store.all()}

    @property
    def requests(self) -> list[Entry]:
        """The latest 1000 requests of the API, the oldest first."""
        return self._state.log.entries

    def inject(self, **injection: Unpack[Injection]) -> None:
        """Replace, delay or drop the responses to the next requests; raises `ValueError`.

        Injections queue in their order. A `status` without `json` or `text` has no body.
        """
        self._do("POST", "/injections", injection)

    def limit(self, requests: int | None, *, seconds: float = 1) -> None:
        """Limit the requests of each token in a window of seconds; None removes the limit."""
        if requests is None:
            self._do("DELETE", "/rate-limit", {})
        else:
            self._do("PUT", "/rate-limit", {"requests": requests, "seconds": seconds})

    @property
    def clock(self) -> Clock:
        """The sandbox's clock, which `set`, `advance` and `reset` change."""
        return self._state.clock

    def _do(self, method: str, path: str, asked: Any) -> Any:
        # Through JSON, so that this rejects what the control API rejects, and stores a copy.
        try:
            body = json.dumps(asked).encode()
        except (TypeError, RecursionError) as error:
            raise ValueError(str(error)) from error
        # The size limit is for requests: an injected response may be larger.
        return ROUTES[path][method].do(self._state, body, bounded=False)


@contextmanager
def in_process(database: str = ":memory:", *, rate_limit: int | None = None) -> Generator[Sandbox]:
    """Yield a sandbox without a socket, for clients that send through its `transport`.

    Takes what `create_app` takes.
    """
    with closing(create_app(database, rate_limit=rate_limit)) as app:
        # The host name says what a client without the transport lacks.
        yield Sandbox(
            "https://needs-transport-of-sandbox.invalid", app.state, transport=InProcess(app)
        )


def _documented(name: str) -> str:
    """Return a field's name as the documentation writes it: `designIds`."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
