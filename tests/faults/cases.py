"""The servers of calls that are cancelled, closed or interrupted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from faults import fault_server as s
from faults.fault import CANARY, FAST, certificate
from faults.fault_server import FaultServer, Turn, named, read, send, serving

OWN: Turn = (read, s.echo(named))

Proxy = tuple[str, Callable[[int], Turn]]

# The scheme of a proxy, and the proxy's steps for each connection to a port.
HTTP: Proxy = ("http", lambda port: (read, send(b"HTTP/1.1 200 Connected\r\n\r\n"), s.tunnel(port)))
SOCKS: Proxy = ("socks5", lambda port: (s.socks(b"\0"), s.tunnel(port)))


@attrs.frozen
class Case:
    """The server, the proxy and the calls of a test.

    Attributes:
        script: what the server does first; then it responds with the template that was sent.
        turn: what the server does for every other request.
        host: the server's host in the URL that the client uses.
        tls: whether the server has TLS.
        proxy: the proxy on the route to the server, if any.
        name: the template name that the call sends.
        before: the number of calls that are made first.
        blocked: whether another call holds the only connection.

    """

    script: Sequence[Turn] = ()
    turn: Turn = OWN
    host: str = "127.0.0.1"
    tls: bool = False
    proxy: Proxy | None = None
    name: str = "cancelled"
    before: int = 0
    blocked: bool = False

    @contextmanager
    def served(self) -> Iterator[tuple[FaultServer, FaultServer, dict[str, Any]]]:
        """Run the server and the proxy; return them, and the options for a client."""
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
