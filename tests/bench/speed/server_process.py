"""Run the server for the measurements, plain and over TLS."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs
import certifi
import trustme


@attrs.frozen
class Service:
    """A running server.

    Attributes:
        url: where it is.
        variables: environment variables for its clients.

    """

    url: str
    variables: Mapping[str, str]


@contextmanager
def plain() -> Iterator[Service]:
    """Run the server."""
    with _running() as port:
        yield Service(f"http://127.0.0.1:{port}", {})


@contextmanager
def over_tls() -> Iterator[Service]:
    """Run the server with a certificate from a local CA.

    Its clients trust the usual CAs as well, so that loading them takes as long as usual.
    """
    authority = trustme.CA()
    with tempfile.TemporaryDirectory() as name:
        trusted, certificate = Path(name, "trusted.pem"), Path(name, "certificate.pem")
        local = authority.cert_pem.bytes()
        trusted.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + local)
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        with _running(str(certificate)) as port:
            yield Service(f"https://127.0.0.1:{port}", {"SSL_CERT_FILE": str(trusted)})


@contextmanager
def _running(*arguments: str) -> Iterator[int]:
    script = Path(__file__).with_name("constant_server.py")
    with subprocess.Popen(
        [sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()
