"""An environment without proxies, and a heap of its own."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.fault import CA, Fault
from faults.fault_server import FaultServer

_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the certificate of the CA that a user would have of their own."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    CA.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this machine's own proxies and certificates out of the environment."""
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(autouse=True)
def lean() -> Iterator[None]:
    """Keep collections short, as what other tests left is on no user's heap, and find what leaks.

    A socket that nobody closed warns of it when it is collected, and the warning fails the test.
    """
    gc.freeze()
    yield
    gc.collect()
    gc.unfreeze()


@pytest.fixture
def set_environment(
    monkeypatch: pytest.MonkeyPatch, ca_file: Path
) -> Callable[[Fault, FaultServer], None]:
    """Set what a fault wants of the environment."""

    def set_all(fault: Fault, server: FaultServer) -> None:
        for name, value in fault.environment.items():
            told = value.replace("CA", str(ca_file)).replace("PORT", str(server.port))
            monkeypatch.setenv(name, told)

    return set_all
