"""The primitives of a run whose workers are asyncio tasks."""

import asyncio
import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from certifier_client.bulk.modes import Mode, Queue


class LoopQueue(Queue):
    """A queue that tasks read; any thread can put items in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[Any] = asyncio.Queue()

    def put(self, item: Any) -> None:  # noqa: ANN401
        """Add an item; do nothing once the loop is closed."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)

    async def get(self, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        """Wait for the next item."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                return await self._items.get()


class Tasks(Mode):
    """The primitives of the running event loop."""

    def queue(self) -> LoopQueue:
        """Make a queue."""
        return LoopQueue()

    async def call(self, function: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401
        """Call a function, in a thread unless it is async."""
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        value = await asyncio.to_thread(function, *args)
        return await value if inspect.isawaitable(value) else value
