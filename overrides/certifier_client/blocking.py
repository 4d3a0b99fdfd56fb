"""Running a coroutine without an event loop."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from certifier_client.errors import InputError

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, since its primitives block."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise InputError(
        "the function access_token or the rate_limiter is async: use AsyncCertifier, or pass one "
        "that is not async"
    )
