"""The way to a server: straight or through a proxy, and which certificates count.

As httpx has it: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name proxies, SSL_CERT_FILE and
SSL_CERT_DIR certificates. No variable switches the check of certificates off.
"""

import importlib.util
import ssl
import urllib.request
from functools import cached_property

import httpcore
import httpx

from certifier_client.checks import LOOPBACK
from certifier_client.errors import InputError
from certifier_client.failure import is_tls

_EXAMPLE = "'http://127.0.0.1:3128' or 'socks5://127.0.0.1:1080'"


class Routes:
    """How connections to any server are made.

    Args:
        proxy: the URL of a proxy for every server; None for what the environment names.
        trust_env: whether the environment counts at all.

    Raises:
        InputError: the proxy is no URL of a kind that can be used.

    """

    def __init__(self, proxy: str | None, *, trust_env: bool) -> None:
        self._trust_env = trust_env
        self._proxy = None if proxy is None else self._parsed(proxy)

    def ssl_context(self, scheme: str) -> ssl.SSLContext | None:
        """Return what decides on certificates; without https it is not even loaded."""
        return self._ssl_context if scheme == "https" else None

    def proxy(self, scheme: str, host: str) -> httpcore.Proxy | None:
        """Return the proxy on the way to a server."""
        # To this machine the token may go unencrypted; on to another's proxy it would, too.
        if self._proxy or not self._trust_env or host in LOOPBACK:
            return self._proxy
        proxies = urllib.request.getproxies()
        url = proxies.get(scheme) or proxies.get("all")
        if not url or urllib.request.proxy_bypass(host):
            return None
        return self._parsed(url if "://" in url else f"http://{url}")

    def raise_if_proxy_failed(self, error: BaseException, scheme: str, host: str) -> None:
        """Tell a proxy that cannot be reached from a server that cannot."""
        unreached = isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout)
        if unreached and not is_tls(error) and self.proxy(scheme, host):
            raise httpcore.ProxyError(str(error)) from error

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context(trust_env=self._trust_env)

    def _parsed(self, url: str) -> httpcore.Proxy:
        try:
            proxy = httpx.Proxy(url)
        except (ValueError, TypeError, AttributeError, httpx.InvalidURL):
            # Neither the URL nor the cause is shown: they may have a password.
            raise InputError(f"the proxy is no URL such as {_EXAMPLE}") from None
        if proxy.url.scheme.startswith("socks") and not importlib.util.find_spec("socksio"):
            raise InputError("a SOCKS proxy needs another package: pip install 'httpx[socks]'")
        # A proxy that is reached by TLS is held to the same certificates as the API.
        return httpcore.Proxy(
            str(proxy.url), auth=proxy.raw_auth, ssl_context=self.ssl_context(proxy.url.scheme)
        )
