"""A pytest plugin with the fixture `certifier`, a client for the sandbox.

pytest loads this plugin in every run, so it imports the client only when the fixture is used.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certifier_client import Certifier
    from certifier_sandbox import Sandbox


@pytest.fixture
def certifier(certifier_sandbox: "Sandbox") -> "Iterator[Certifier]":
    """Provide a client for the sandbox.

    It retries like any other client, but waits at most 0.01 seconds before a retry, unless
    ``Retry-After`` asks for more.
    """
    from certifier_client import Certifier, RetryPolicy  # noqa: PLC0415 - see above

    with Certifier(transport=certifier_sandbox.transport, retry=RetryPolicy(cap=0.01)) as certifier:
        yield certifier
