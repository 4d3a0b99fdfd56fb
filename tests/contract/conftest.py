"""The sandbox beside its model, in process and over a socket."""

from collections.abc import Iterator

import pytest

from contract.service import Pair, in_process, over_socket


@pytest.fixture(scope="module", params=[in_process, over_socket], ids=["in-process", "socket"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Give a sandbox and its model: what a test of this shows holds with and without a socket."""
    with request.param() as service:
        yield Pair(service)
