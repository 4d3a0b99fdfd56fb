"""From the generated code's keyword arguments to a request that is ready to send."""

from typing import Any

import httpx

from certifier_client.errors import InputError
from certifier_client.settings import Settings
from certifier_client.version import __version__


def build(settings: Settings, kwargs: dict[str, Any]) -> httpx.Request:
    """Return the request of a generated operation: its own parts, and what the settings add.

    Args:
        settings: the client's.
        kwargs: what the generated ``…_kwargs`` function of the operation returned.

    Raises:
        InputError: the token is certainly a mistake, or the id is too long for a URL.

    """
    headers = httpx.Headers(
        {
            "Accept": "application/json",
            # An answer is a few hundred bytes: no decompression that a peer could abuse.
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {settings.current_token()}",
            "User-Agent": f"certifier-client/{__version__}",
        }
    )
    headers.update(settings.headers)
    headers.update(kwargs["headers"])
    parts: dict[str, Any] = {
        **kwargs,
        "url": settings.base_url + kwargs["url"],
        "headers": headers,
        "extensions": {"timeout": settings.timeout.as_dict()},
    }
    try:
        return httpx.Request(**parts)
    except httpx.InvalidURL as error:
        raise InputError(f"the request makes no URL: {error}; check the id") from None
