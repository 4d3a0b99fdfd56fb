"""The primitives of a run, and those for workers that are threads.

Nothing here takes a lock: a signal handler could find it taken.
"""

import contextvars
import inspect
import queue
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from certifier_client.errors import InputError

T = TypeVar("T")


class Queue(Protocol):
    """Hands items from one thread or task to another."""

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - of any type
        """Add an item, from any thread or signal handler."""
        ...

    async def get(self, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        """Wait for the next item; return None after the timeout, in seconds."""
        ...


class Mode(Protocol):
    """The primitives. In threads, no coroutine is ever suspended."""

    def queue(self) -> Queue:
        """Make a queue."""
        ...

    async def call(self, function: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401
        """Call a function that may block, and await what it returns if it is async."""
        ...


async def result_of(value: Any) -> Any:  # noqa: ANN401 - of any type
    """Return a value, awaited if it is awaitable."""
    return await value if inspect.isawaitable(value) else value


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that is never suspended."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    coroutine.close()
    raise InputError("the rate limiter is async: use AsyncCertifier")


class ThreadQueue:
    """A queue of threads."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.put = self._queue.put

    async def get(self, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        """Wait for the next item."""
        with suppress(queue.Empty):
            return self._queue.get(timeout=timeout)


class Threads:
    """The mode of Certifier."""

    def queue(self) -> ThreadQueue:
        """Make a queue."""
        return ThreadQueue()

    async def call(self, function: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401
        """Call a function."""
        value = function(*args)
        return drive(result_of(value)) if inspect.isawaitable(value) else value


def new_thread(function: Callable[..., object], *args: object) -> threading.Thread:
    """Return a daemon thread that runs in the caller's context."""
    context = contextvars.copy_context()
    return threading.Thread(target=context.run, args=(function, *args), daemon=True)
