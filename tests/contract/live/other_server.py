"""The other server: receives one request at a time, at a limited rate."""

import re
import socket
import time
from collections.abc import Mapping
from typing import Any, Self

import httpx

from contract.live.settings import Settings, Stopped
from contract.model import Request

TIMEOUT = 15  # seconds for each phase; after Ctrl-C, a request in flight may take this long
MAX_WAITS = 3
MAX_WAIT = 60  # seconds
# TCP_NODELAY, which is on anyway, has no effect on systems without TCP_QUICKACK.
QUICKACK = getattr(socket, "TCP_QUICKACK", socket.TCP_NODELAY)
USER_AGENT = "certifier-client contract check"


class NoResponse(Stopped):
    """A request got no complete response."""


class Service:
    """A server with the operation.

    Attributes:
        interrupted: if it is set, as by a signal handler, no further request is sent.
        limited: the 429 responses so far.
        sent: the number of requests.

    """

    def __init__(self, settings: Settings) -> None:
        """Take the address and the rate from the settings."""
        self.rate = settings.rate
        self.host = httpx.URL(settings.base_url).netloc.decode()
        self.interrupted = False
        self.limited: list[httpx.Response] = []
        self.sent = 0
        self._url = httpx.URL(settings.base_url)
        self._next = 0.0
        self._socket: socket.socket | None = None
        # Plain http is only for this machine: a proxy from the environment must not see the token,
        # and loading certificates would take longer than many a run.
        encrypted = settings.base_url.startswith("https:")
        self._client = httpx.Client(trust_env=encrypted, verify=encrypted)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(self, request: Request) -> httpx.Response:
        """Return the response; after a 429, wait and retry.

        Raises:
            NoResponse: if no complete response came.
            Stopped: if the server cannot be reached or keeps responding 429, or if the run was
                interrupted.

        """
        waits = 0
        while (response := self.send_once(request)).status_code == httpx.codes.TOO_MANY_REQUESTS:
            self.limited.append(response)
            if waits == MAX_WAITS:
                raise Stopped(f"{self.host} still responds 429 after {MAX_WAITS} waits")
            waits += 1
            self.wait(response)
        return response

    def wait(self, response: httpx.Response) -> None:
        """Delay the next request as long as a 429 response requires."""
        wait = wait_of(response.headers.get("Retry-After", ""))
        self._next = max(self._next, time.monotonic() + wait)

    def clear_interruption(self) -> None:
        """Clear an interruption: the template still has to be restored."""
        self.interrupted = False

    def send_once(self, request: Request, *, ignore_rate: bool = False) -> httpx.Response:
        """Return the response, even a 429; with `ignore_rate`, send the request without delay."""
        self._pause(0 if ignore_rate else 1 / self.rate)
        self.sent += 1
        try:
            return self._client.send(self._build(request))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Stopped(f"cannot reach {self.host}: {error}") from None
        except httpx.RequestError as error:
            raise NoResponse(f"no complete response: {type(error).__name__}: {error}") from None

    def _build(self, request: Request) -> httpx.Request:
        """Return a request of httpx, with target and headers exactly as given."""
        given = {name.lower() for name, _ in request.headers}
        defaults = {
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "gzip",
        }
        missing = {name: value for name, value in defaults.items() if name.lower() not in given}
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
        """Save 40 ms on each response of a server that sends head and body separately.

        Nagle's algorithm makes it wait for the acknowledgement of the head, which Linux delays.
        """
        if event == "connection.connect_tcp.complete":
            self._socket = details["return_value"].get_extra_info("socket")
        elif event == "http11.receive_response_headers.started" and self._socket:
            self._socket.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)

    def _pause(self, interval: float) -> None:
        # In slices, since a signal handler does not end a sleep early. Not an Event: setting one
        # in a handler can deadlock.
        while interval and not self.interrupted and (left := self._next - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        if self.interrupted:
            raise Stopped("interrupted")
        self._next = time.monotonic() + interval


def wait_of(retry_after: str) -> int:
    """Return the seconds to wait by a Retry-After, at most MAX_WAIT.

    If it is missing or not a number of seconds, that is MAX_WAIT.
    """
    return min(int(retry_after), MAX_WAIT) if re.fullmatch("[0-9]{1,9}", retry_after) else MAX_WAIT
