"""The other server: asked one request at a time, at no more than a rate."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote

import httpx

from contract.live.settings import Settings, Stopped

TIMEOUT = 15  # seconds for each phase: after Ctrl-C a request under way may take this long to end
WAITS = 3
LONGEST_WAIT = 60  # seconds
UPDATED = "200"


class NoAnswer(Stopped):
    """One request got no whole answer."""


@dataclass(frozen=True)
class Probe:
    """One request, by default the page's own, and what the page says of its answer.

    Attributes:
        name: how the report calls it.
        expects: UPDATED, a documented error code, or None where nothing is published.
        body: bytes as they are, anything else as JSON.
        headers: what differs from the documented ones; None leaves one out.
        template_id: another than that of the run.
        method: another than the documented one.

    """

    name: str
    expects: str | None
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    template_id: str | None = None
    method: str = "PATCH"

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields that are sent; none if the body is no object."""
        return self.body if isinstance(self.body, dict) else {}


class Service:
    """A server of the operation, and one of its templates.

    Attributes:
        interrupted: set it, in a signal handler too, and no further request begins.
        limited: the answers of 429 so far.

    """

    def __init__(self, settings: Settings, version: str) -> None:
        """Take the documented Certifier-Version too."""
        self.template_id = settings.template_id
        self.rate = settings.rate
        self.host = httpx.URL(settings.base_url).netloc.decode()
        self.interrupted = False
        self.limited: list[httpx.Response] = []
        self._groups = f"{settings.base_url}/v1/groups/"
        self._documented = {
            "Authorization": f"Bearer {settings.token}",
            "Accept": "application/json",
            "Certifier-Version": version,
            "Content-Type": "application/json",
        }
        self._waits = WAITS
        self._next = 0.0
        # Plain http is for this machine alone: a proxy of the environment must not see the token.
        encrypted = settings.base_url.startswith("https:")
        self._client = httpx.Client(timeout=TIMEOUT, trust_env=encrypted)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(self, probe: Probe) -> httpx.Response:
        """Return the answer, after the waits that a 429 asks for.

        Raises:
            NoAnswer: none came.
            Stopped: the server cannot be reached, or limits the rate again and again, or the run
                was interrupted.

        """
        while (response := self._send(probe)).status_code == httpx.codes.TOO_MANY_REQUESTS:
            self.limited.append(response)
            if self._waits == 0:
                raise Stopped(f"{self.host} still answers 429 after {WAITS} waits")
            self._waits -= 1
            wait = wait_of(response.headers.get("Retry-After", ""))
            self._next = max(self._next, time.monotonic() + wait)
        return response

    def begin_again(self) -> None:
        """Forget an interruption, and the waits: the template has to be put back all the same."""
        self.interrupted = False
        self._waits = WAITS

    def _send(self, probe: Probe) -> httpx.Response:
        self._pause()
        headers = {**self._documented, **probe.headers}
        try:
            return self._client.request(
                probe.method,
                self._groups + quote(probe.template_id or self.template_id, safe=""),
                headers={name: value for name, value in headers.items() if value is not None},
                content=probe.body if isinstance(probe.body, bytes) else json.dumps(probe.body),
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Stopped(f"cannot reach {self.host}: {error}") from None
        except httpx.RequestError as error:
            raise NoAnswer(f"no whole answer: {type(error).__name__}: {error}") from None

    def _pause(self) -> None:
        # In slices, since a signal handler does not cut a sleep short. Not an Event: to set one in
        # a handler can block for ever.
        while not self.interrupted and (left := self._next - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        if self.interrupted:
            raise Stopped("interrupted")
        self._next = time.monotonic() + 1 / self.rate


def wait_of(retry_after: str) -> int:
    """Return the seconds that a Retry-After asks for, never more than LONGEST_WAIT.

    What is no number of seconds, or missing, asks for the longest.
    """
    return (
        min(int(retry_after), LONGEST_WAIT)
        if re.fullmatch("[0-9]{1,9}", retry_after)
        else LONGEST_WAIT
    )
