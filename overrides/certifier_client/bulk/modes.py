"""The primitives of a run whose workers are threads.

Nothing here takes a lock, because a signal handler might find it locked.
"""

import contextvars
import inspect
import queue
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from certifier_client.blocking import run


class Queue:
    """Hands items from one thread to another."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def put(self, item: Any) -> None:  # noqa: ANN401 - of any type
        """Add an item, from any thread or signal handler."""
        self._queue.put(item)

    async def get(self, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        """Wait for the next item; return None after the timeout, in seconds."""
        with suppress(queue.Empty):
            return self._queue.get(timeout=timeout)


class Mode:
    """The primitives. With these, no coroutine is ever suspended."""

    def queue(self) -> Queue:
        """Make a queue."""
        return Queue()

    async def call(self, function: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401
        """Call a function that may block, and await what it returns if it is async."""
        value = function(*args)
        return run(_awaited(value)) if inspect.isawaitable(value) else value


async def _awaited(value: Awaitable[Any]) -> Any:  # noqa: ANN401
    return await value


def new_thread(function: Callable[..., object], *args: object) -> threading.Thread:
    """Return a daemon thread that runs in the caller's context."""
    context = contextvars.copy_context()
    return threading.Thread(target=context.run, args=(function, *args), daemon=True)
