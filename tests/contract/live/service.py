"""The other server: asked one request at a time, at no more than a rate."""

import re
import socket
import time
from collections.abc import Mapping
from typing import Any, Self

import httpx

from contract.live.settings import Settings, Stopped
from contract.model import Request

TIMEOUT = 15  # seconds for each phase: after Ctrl-C a request under way may take this long to end
WAITS = 3
LONGEST_WAIT = 60  # seconds
QUICKACK = getattr(
    socket, "TCP_QUICKACK", socket.TCP_NODELAY
)  # which is on, where there is no other
USER_AGENT = "certifier-client contract check"


class NoAnswer(Stopped):
    """One request got no whole response."""


class Service:
    """A server of the operation.

    Attributes:
        interrupted: set it, in a signal handler too, and no further request begins.
        limited: the responses of 429 so far.
        sent: how many requests.

    """

    def __init__(self, settings: Settings) -> None:
        """Take where it is and how fast it may be asked."""
        self.rate = settings.rate
        self.host = httpx.URL(settings.base_url).netloc.decode()
        self.interrupted = False
        self.limited: list[httpx.Response] = []
        self.sent = 0
        self._url = httpx.URL(settings.base_url)
        self._next = 0.0
        self._socket: socket.socket | None = None
        # Plain http is for this machine alone: a proxy of the environment must not see the token.
        encrypted = settings.base_url.startswith("https:")
        self._client = httpx.Client(trust_env=encrypted)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(self, request: Request) -> httpx.Response:
        """Return the response, after the waits that a 429 asks for.

        Raises:
            NoAnswer: none came.
            Stopped: the server cannot be reached, or limits the rate again and again, or the run
                was interrupted.

        """
        waits = 0
        while (response := self.send_once(request)).status_code == httpx.codes.TOO_MANY_REQUESTS:
            self.limited.append(response)
            if waits == WAITS:
                raise Stopped(f"{self.host} still responds 429 after {WAITS} waits")
            waits += 1
            self.wait(response)
        return response

    def wait(self, response: httpx.Response) -> None:
        """Let the next request wait as long as a response of 429 asks for."""
        wait = wait_of(response.headers.get("Retry-After", ""))
        self._next = max(self._next, time.monotonic() + wait)

    def begin_again(self) -> None:
        """Forget an interruption: the template has to be restored all the same."""
        self.interrupted = False

    def send_once(self, request: Request, *, at_once: bool = False) -> httpx.Response:
        """Return the response, 429 included; with `at_once` without regard to the rate."""
        self._pause(0 if at_once else 1 / self.rate)
        self.sent += 1
        try:
            return self._client.send(self._built(request))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Stopped(f"cannot reach {self.host}: {error}") from None
        except httpx.RequestError as error:
            raise NoAnswer(f"no whole response: {type(error).__name__}: {error}") from None

    def _built(self, request: Request) -> httpx.Request:
        """Return httpx's request, with the target and the headers exactly as they are given."""
        given = {name.lower() for name, _ in request.headers}
        usual = {"Accept": "application/json", "User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}
        missing = {name: value for name, value in usual.items() if name.lower() not in given}
        headers = [*request.headers, *missing.items()]
        target = self._url.raw_path.rstrip(b"/") + request.target.encode("ascii")
        return httpx.Request(
            request.method,
            self._url,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in headers],
            content=request.body,
            extensions={
                "target": target,
                "timeout": httpx.Timeout(TIMEOUT).as_dict(),
                "trace": self._acknowledge_at_once,
            },
        )

    def _acknowledge_at_once(self, event: str, details: Mapping[str, Any]) -> None:
        """Take 40 ms off each response of a server that sends its head and its body by themselves.

        Nagle's algorithm lets it wait for the acknowledgement of the head, which Linux delays.
        """
        if event == "connection.connect_tcp.complete":
            self._socket = details["return_value"].get_extra_info("socket")
        elif event == "http11.receive_response_headers.started" and self._socket:
            self._socket.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)

    def _pause(self, interval: float) -> None:
        # In slices, since a signal handler does not cut a sleep short. Not an Event: to set one in
        # a handler can block for ever.
        while interval and not self.interrupted and (left := self._next - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        if self.interrupted:
            raise Stopped("interrupted")
        self._next = time.monotonic() + interval


def wait_of(retry_after: str) -> int:
    """Return the seconds that a Retry-After asks for, never more than LONGEST_WAIT.

    What is no number of seconds, or missing, asks for the longest.
    """
    return (
        min(int(retry_after), LONGEST_WAIT)
        if re.fullmatch("[0-9]{1,9}", retry_after)
        else LONGEST_WAIT
    )
