"""The pytest plugin: the fixture `certifier`, a client of the sandbox's plugin.

It imports the client only when a test requests the fixture, because every run of pytest loads it.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certifier_client import Certifier
    from certifier_sandbox import Sandbox


@pytest.fixture
def certifier(certifier_sandbox: "Sandbox") -> "Iterator[Certifier]":
    """Provide a client of the sandbox that retries like any other, but hardly waits.

    Before a retry it waits at most 0.01 seconds, or as long as ``Retry-After`` says.
    """
    from certifier_client import Certifier, RetryPolicy  # noqa: PLC0415 - see above

    quick = RetryPolicy(base=0.01, throttled_base=0.01, cap=0.01)
    with Certifier(transport=certifier_sandbox.transport, retry=quick) as certifier:
        yield certifier
