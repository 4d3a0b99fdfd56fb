"""Row 34: failures before any byte is sent."""

import errno
from collections.abc import Callable, Mapping

from certifier_client import errors as cc
from faults.fault import CANARY, Fault, certificate, closed, resolving, serves, without
from faults.fault_server import FaultServer
from faults.table.shared import FAR

# fmt: off
_LONG = "a" * 64 + ".org"

def by_way_of(proxy: str, **options: str) -> Callable[[FaultServer], Mapping[str, str]]:
    """Return options, with the server as a proxy if a scheme is given."""
    return lambda server: options | ({"proxy": f"{proxy}://127.0.0.1:{server.port}"} if proxy else {})


UNSENT = [
    *(
        Fault(34, f"SSL_CERT_FILE {path}", [], cc.InputError, 0, 1, tls=certificate, environment={"SSL_CERT_FILE": path}, says=f"SSL_CERT_FILE names {path!r}")
        for path in ("no-such-file.pem", "/", "/dev/null", __file__, "a\udcff\x1b")
    ),
    *(
        Fault(34, f"the host {host[:9]!r}{route}", [], cc.InputError, 0, 1, says=f"{host!r} is not a valid host name", also=by_way_of(proxy, base_url=f"https://{host}"))
        for host in (_LONG, "a..b", ".a", ".".join(["a" * 60] * 5))
        for route, proxy in {"": "", ", HTTP proxy": "http", ", SOCKS proxy": "socks5"}.items()
    ),
    *(Fault(34, f"the port {port}{name}", [], cc.InputError, 0, 0, says="base_url is", options={"base_url": f"{scheme}://localhost:{port}"}) for port in (0, 65536, 99999) for scheme, name in {"http": "", "https": ", TLS"}.items()),
    Fault(34, "the proxy's host", [], cc.InputError, 0, 1, options=FAR, also=lambda server: {"proxy": f"http://{_LONG}:{server.port}"}, says=f"{_LONG!r} is not a valid host name"),
    *(
        Fault(34, f"the proxy {url!r}", [], cc.InputError, 0, 0, says="the proxy is not a valid URL", options={"proxy": url})
        for url in ("", "127.0.0.1:3128", "ftp://127.0.0.1", "http://", "http://[::1", "http://a:b", "http://a:99999", "http://a:0", f"http://user:{CANARY}@a b", "socks4://127.0.0.1")
    ),
    *(
        Fault(34, f"{errno.errorcode[code]}{route}", [], cc.PoolTimeoutError, 0, 1, patch=without(code), says="Too many open files", also=by_way_of(proxy))
        for code in (errno.EMFILE, errno.ENFILE)
        for route, proxy in {"": "", ", HTTP proxy": "http", ", SOCKS proxy": "socks5"}.items()
    ),
    Fault(34, "EMFILE at a host with two addresses", [], cc.PoolTimeoutError, 0, 1, patch=without(errno.EMFILE, resolving(serves, closed))),
]
