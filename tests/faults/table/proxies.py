"""Row 8: proxies from the environment, and proxies that fail."""

from certifier_client import errors as cc
from faults import fault_server as s
from faults.fault import CANARY, Fault, certificate, documented_error, free_port, full_port, timeout
from faults.fault_server import GOOD, close, read, reset, response, send
from faults.table.shared import FAR, was_passed_on

# fmt: off
PORTAL = b"<html>Log in to this network</html>"

PROXIES = [
    Fault(8, "the environment's proxy", [], options=FAR, environment={"HTTP_PROXY": "http://127.0.0.1:PORT"}, wire=was_passed_on),
    Fault(8, "the environment's proxy without a scheme", [], options=FAR, environment={"ALL_PROXY": "127.0.0.1:PORT"}, wire=was_passed_on),
    Fault(8, "the environment's proxy with a password", [], options=FAR, environment={"HTTP_PROXY": f"http://user:{CANARY}@127.0.0.1:PORT"}, wire=lambda server: b"\nProxy-Authorization: Basic " in server.requests[0]),
    Fault(8, "not for this host", [], cc.TransportError, 0, 3, says="no-such-host", options=FAR, environment={"HTTP_PROXY": "http://127.0.0.1:PORT", "NO_PROXY": "a.org,.invalid"}),
    Fault(8, "the environment is not trusted", [], cc.TransportError, 0, 3, says="no-such-host", options={**FAR, "trust_env": False}, environment={"HTTP_PROXY": "http://127.0.0.1:PORT"}),
    Fault(8, "no environment's proxy on the way to this machine", [], environment={"HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}),
    Fault(8, "the environment's proxy is not a URL", [], cc.InputError, 0, 1, says="the proxy is not a valid URL", options=FAR, environment={"HTTP_PROXY": f"nonsense://user:{CANARY}@a"}),
    Fault(8, "the proxy is not a valid URL", [], cc.InputError, 0, 0, says="the proxy is not a valid URL", options={"proxy": f"nonsense://user:{CANARY}@a"}),
    Fault(8, "SOCKS", [(s.socks(b"\0"), *GOOD)], wire=lambda server: b"\nHost: no-such-host.invalid\r" in server.requests[0], options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS proxy rejects", [(s.socks(b"\2"),)], cc.ProxyError, 0, 1, options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS proxy wants a login", [(s.replies(b"\5\2"),)], cc.ProxyError, 0, 1, says="the proxy requires an unsupported authentication method", options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS proxy rejects the login", [(s.replies(b"\5\2", b"\1\1"),)], cc.ProxyError, 0, 1, says="the proxy rejected the user name or the password", options=FAR, also=lambda server: {"proxy": f"socks5://user:{CANARY}@127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS password of 256 bytes", [(s.replies(b"\5\2"),)], cc.ProxyError, 0, 1, says="longer than 255 bytes", options=FAR, also=lambda server: {"proxy": f"socks5://user:{'x' * 256}@127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS proxy closes", [(s.replies(b""), close)] * 3, cc.TransportError, 0, 3, says="the proxy closed the connection", options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS proxy speaks HTTP", [(s.replies(b"HTTP/1.1 400 Bad Request\r\n\r\n"), close)], cc.ProxyError, 0, 1, says="the proxy did not respond with SOCKS 5", options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS down", [], cc.ProxyError, 0, 1, options=FAR, also=lambda _: {"proxy": f"socks5://127.0.0.1:{free_port()}"}),
    Fault(8, "proxy down", [], cc.ProxyError, 0, 1, says="check the option proxy", also=lambda _: {"proxy": f"http://user:{CANARY}@127.0.0.1:{free_port()}"}),
    Fault(8, "proxy does not take the connection", [], cc.ProxyError, 0, 1, says="the proxy did not respond in time", also=lambda _: {"proxy": f"http://127.0.0.1:{full_port()}", "timeout": timeout(connect=0.02)}),
    Fault(8, "proxy closes instead of a tunnel", [(s.replies(b""), close)] * 3, cc.TransportError, 0, 3, says="the proxy closed the connection", also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(8, "proxy rejects CONNECT", [(read, send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))], cc.ProxyError, 1, says="407", also=lambda server: {"proxy": f"http://user:{CANARY}@127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(8, "proxy rejects CONNECT in Latin-1", [(read, send("HTTP/1.1 502 Zurückgewiesen\r\nContent-Length: 0\r\n\r\n".encode("latin-1")))], cc.ProxyError, 1, says="502 Zur\ufffdckgewiesen", also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(8, "proxy redirects CONNECT", [(read, send(b"HTTP/1.1 300 Multiple Choices\r\nContent-Length: 0\r\n\r\n"))], cc.ProxyError, 1, says="300 Multiple Choices", also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://[2001:db8::1]"}, wire=lambda server: server.requests[0].startswith(b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n")),
    Fault(8, "proxy asks for a password", [documented_error(407)], cc.ClientError, 1, says="407", also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "http://api.example.org", "allow_http": True}),
    Fault(8, "the login page of a network", [(read, send(response(200, PORTAL, [("Content-Type", "text/html")])))], cc.InvalidResponseError, 1, ambiguous=True, says="Log in to this network"),
    Fault(8, "proxy breaks off the tunnel", [(read, close)] * 3, cc.TransportError, 3, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(8, "proxy that passes on", [], wire=was_passed_on, options=FAR, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}"}),
    Fault(8, "handshake with the proxy reset", [(s.stall(0.01), reset)], cc.ProxyError, 0, 1, options=FAR, also=lambda server: {"proxy": f"https://localhost:{server.port}"}),
    Fault(8, "handshake with the proxy does not end", [(s.stall(9),)], cc.ProxyError, 0, 1, says="the proxy did not respond in time", options=FAR, also=lambda server: {"proxy": f"https://localhost:{server.port}", "timeout": timeout(connect=0.02)}),
    Fault(8, "proxy that passes on, TLS to it", [], wire=was_passed_on, options=FAR, environment={"SSL_CERT_FILE": "CA"}, tls=certificate, also=lambda server: {"proxy": f"https://localhost:{server.port}"}),
]
