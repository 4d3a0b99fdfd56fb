"""The Python interface of the sandbox, to set up and inspect its state in tests."""

import json
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, Unpack

from certifier_sandbox.clock import Clock
from certifier_sandbox.control import ROUTES
from certifier_sandbox.in_process_transport import InProcessTransport
from certifier_sandbox.organizations import PREMIUM_TOKEN
from certifier_sandbox.request_log import Entry
from certifier_sandbox.sandbox_app import create_app
from certifier_sandbox.state import State
from certifier_sandbox.template import Template


class NewTemplate(TypedDict, total=False):
    """The fields of a new template; the defaults are those of the documentation's example."""

    id: str
    organization: str
    name: str
    learning_event_url: str | None
    design_ids: list[str]
    created_at: str
    updated_at: str


class Injection(TypedDict, total=False):
    """A fault: a `status`, the documented `error` with a code, `drop`, or only a `delay`.

    `drop` closes the connection without a response. After only a `delay` (in seconds), the sandbox
    responds as usual. `times` is the number of requests that get this fault.
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
    """A running sandbox, with methods for what its control API can do.

    Attributes:
        url: The base URL for a client.
        token: The access token of the premium organization.
        transport: The transport for a client; None if the sandbox listens on a port.

    """

    url: str
    _state: State = field(repr=False)
    token: str = field(default=PREMIUM_TOKEN, repr=False)
    transport: InProcessTransport | None = field(default=None, repr=False)

    def reset(self) -> None:
        """Restore the initial templates, clock and rate limit; clear log and injections."""
        self._state.reset()

    def seed(self, **template: Unpack[NewTemplate]) -> Template:
        """Create a template, or replace the one with its id; raises `ValueError`.

        By default, it belongs to the organization `premium`, and its id is a new ULID.
        """
        if unknown := sorted(template.keys() - NewTemplate.__annotations__.keys()):
            known = ", ".join(NewTemplate.__annotations__)
            raise ValueError(f"unknown field {', '.join(unknown)}: known fields are {known}")
        fields = {_documented(name): value for name, value in template.items()}
        created = self._control("POST", "/templates", {"organization": "premium", **fields})
        seeded = self._state.store.get(created["id"])
        if seeded is None:
            raise LookupError("the template is gone: another thread has reset the sandbox")
        return seeded

    @property
    def templates(self) -> dict[str, Template]:
        """The current templates, by id."""
        return {template.id: template for template in self._state.store.all()}

    @property
    def requests(self) -> list[Entry]:
        """The latest 1000 requests to the API, the oldest first."""
        return self._state.log.entries

    def inject(self, **injection: Unpack[Injection]) -> None:
        """Replace, delay or drop the responses to the next requests; raises `ValueError`.

        Injections are used in order. A `status` without `json` or `text` has no body.
        """
        self._control("POST", "/injections", injection)

    def limit(self, requests: int | None, *, seconds: float = 1) -> None:
        """Limit the requests of each token in a window of seconds; `None` removes the limit."""
        if requests is None:
            self._control("DELETE", "/rate-limit", {})
        else:
            self._control("PUT", "/rate-limit", {"requests": requests, "seconds": seconds})

    @property
    def clock(self) -> Clock:
        """The sandbox's clock, which `set`, `advance` and `reset` change."""
        return self._state.clock

    def _control(self, method: str, path: str, options: Any) -> Any:
        # Via JSON, so that this rejects what the control API rejects, and stores a copy.
        try:
            body = json.dumps(options).encode()
        except (TypeError, RecursionError) as error:
            raise ValueError(str(error)) from error
        # The size limit is for requests: an injected response may be larger.
        return ROUTES[path][method].run(self._state, body, bounded=False)


@contextmanager
def in_process(database: str = ":memory:", *, rate_limit: int | None = None) -> Generator[Sandbox]:
    """Yield a sandbox without a socket, for clients that use its `transport`.

    The arguments are those of `create_app`.
    """
    with closing(create_app(database, rate_limit=rate_limit)) as app:
        # A client without the transport shows this host name in its error.
        yield Sandbox(
            "https://needs-transport-of-sandbox.invalid",
            app.state,
            transport=InProcessTransport(app),
        )


def _documented(name: str) -> str:
    """Return the documented name of a field, such as `designIds`."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
