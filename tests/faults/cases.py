"""What a call meets while it is cancelled, closed or interrupted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from faults import fault_server as s
from faults.fault import CANARY, FAST, certificate
from faults.fault_server import FaultServer, Turn, named, read, send, serving

OWN: Turn = (read, s.echo(named))

Proxy = tuple[str, Callable[[int], Turn]]

# The scheme of a proxy, and what it does for each connection to a port.
HTTP: Proxy = ("http", lambda port: (read, send(b"HTTP/1.1 200 Connected\r\n\r\n"), s.tunnel(port)))
SOCKS: Proxy = ("socks5", lambda port: (s.socks(b"\0"), s.tunnel(port)))


@attrs.frozen
class Case:
    """What a call meets.

    Attributes:
        script: what the server does first; then it responds with what was sent.
        turn: what it does for all other requests.
        host: of the server, as the client names it.
        tls: whether the server has TLS.
        proxy: one on the way to it.
        name: what the call sends.
        before: calls that are made before.
        held: whether another call has the only connection meanwhile.

    """

    script: Sequence[Turn] = ()
    turn: Turn = OWN
    host: str = "127.0.0.1"
    tls: bool = False
    proxy: Proxy | None = None
    name: str = "cancelled"
    before: int = 0
    held: bool = False

    @contextmanager
    def served(self) -> Iterator[tuple[FaultServer, FaultServer, dict[str, Any]]]:
        """Run its server and its proxy; return them, and the options of a client."""
        tls = certificate() if self.tls else None
        with serving(self.script, tls) as server, serving([]) as proxy:
            server.calm_later(self.turn)
            url = f"{'https' if self.tls else 'http'}://{self.host}:{server.port}"
            options: dict[str, Any] = {"access_token": CANARY, "base_url": url, "retry": FAST}
            if self.proxy:
                scheme, turn = self.proxy
                proxy.calm(turn(server.port))
                options["proxy"] = f"{scheme}://127.0.0.1:{proxy.port}"
            yield server, proxy, options
