"""The sandbox beside its model, in process and over a socket."""

from collections.abc import Iterator

import pytest

from contract.service import Pair, in_process, over_socket


@pytest.fixture(scope="module")
def alone() -> Iterator[Pair]:
    """Give a sandbox in process, and its model."""
    with in_process() as service:
        yield Pair(service)


@pytest.fixture(scope="module")
def served() -> Iterator[Pair]:
    """Give a sandbox on a socket, and its model."""
    with over_socket() as service:
        yield Pair(service)
