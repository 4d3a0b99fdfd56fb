"""Remove this machine's proxies from the environment, and keep garbage collections short."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.fault import CA, Fault
from faults.fault_server import FaultServer

_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the certificate of a private CA, such as a company's."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    CA.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove this machine's proxies and certificates from the environment."""
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(autouse=True)
def lean() -> Iterator[None]:
    """Exclude the objects of other tests from garbage collection, and find leaks.

    An unclosed socket warns when it is collected, and the warning fails the test.
    """
    gc.freeze()
    yield
    gc.collect()
    gc.unfreeze()


@pytest.fixture
def set_environment(
    monkeypatch: pytest.MonkeyPatch, ca_file: Path
) -> Callable[[Fault, FaultServer], None]:
    """Set the environment variables of a fault."""

    def set_all(fault: Fault, server: FaultServer) -> None:
        for name, value in fault.environment.items():
            text = value.replace("CA", str(ca_file)).replace("PORT", str(server.port))
            monkeypatch.setenv(name, text)

    return set_all
