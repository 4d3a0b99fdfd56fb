"""Injected responses and dropped connections."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope

# The key in the ASGI state of the server's function that drops the connection.
DROP_CONNECTION = "certifier_sandbox.drop_connection"


@dataclass(frozen=True)
class Injection:
    """What happens to one request after `delay` seconds.

    It gets `response`, or is dropped if that is None. With `only_delay`, the API responds as usual.
    `summary` is for the log and the state.
    """

    delay: float
    response: Callable[[], Response] | None
    only_delay: bool = False
    summary: dict[str, Any] = field(default_factory=dict[str, Any])

    async def wait(self, receive: Receive) -> None:
        """Wait for the delay; raises `ClientDisconnect` if the client disconnects first."""
        if not self.delay:
            return
        try:
            async with asyncio.timeout(self.delay):
                await _disconnected(receive)
        except TimeoutError:
            return
        raise ClientDisconnect


class Injections:
    """The queue of injections, each of which is used once."""

    def __init__(self) -> None:
        self._queue: deque[Injection] = deque()

    def add(self, injection: Injection, times: int) -> None:
        """Append an injection to the queue, `times` times."""
        self._queue.extend([injection] * times)

    def next(self) -> Injection | None:
        """Remove and return the first injection, or None if the queue is empty."""
        try:
            return self._queue.popleft()
        except IndexError:
            return None

    def clear(self) -> None:
        """Empty the queue."""
        self._queue.clear()

    @property
    def summaries(self) -> list[dict[str, Any]]:
        """The summaries of the queued injections, in order."""
        return [injection.summary for injection in self._queue]


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection without a response; in process, raise `ConnectionResetError`."""
    drop = scope.get("state", {}).get(DROP_CONNECTION)
    if drop is None:
        raise ConnectionResetError("the sandbox dropped the connection because of an injection")
    drop()
    # If this returned before the server noticed, the server would log a missing response.
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
