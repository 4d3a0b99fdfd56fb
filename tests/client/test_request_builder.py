"""The request that is built from what the generated code returns."""

from typing import Any

import pytest

from certifier_client import InputError
from certifier_client._call.request_builder import Builder
from certifier_client.options import Settings


def built(kwargs: dict[str, Any], **options: Any) -> Any:
    """Return the request of these keyword arguments."""
    given: Any = {"access_token": "a", **options}
    return Builder(Settings(**given)).build("token", {"method": "patch", "url": "/v1/a", **kwargs})


def test_a_request_without_a_body_has_no_length() -> None:
    """Nor other headers than the client's."""
    request = built({}, base_url="https://example.org/base/", application="mine/1")
    assert (request.method, request.target, request.body) == ("PATCH", "/base/v1/a", b"")
    assert request.url == "https://example.org/base/v1/a"
    assert request.token == b"token"
    names = [name for name, _ in request.headers]
    assert names == [b"Host", b"Accept", b"Accept-Encoding", b"User-Agent", b"Authorization"]
    headers = dict(request.headers)
    assert headers[b"Host"] == b"example.org"
    assert headers[b"Authorization"] == b"Bearer token"
    assert headers[b"User-Agent"].startswith(b"certifier-client/")
    assert headers[b"User-Agent"].endswith(b" mine/1")


def test_a_body_is_compact_json() -> None:
    """In UTF-8, with its length in bytes."""
    request = built({"json": {"a": "é", "b": [1]}, "headers": {"X-A": "b"}})
    assert request.body == '{"a":"é","b":[1]}'.encode()
    assert request.headers[-2:] == [(b"X-A", b"b"), (b"Content-Length", b"18")]
    with pytest.raises(InputError, match=r"^the body cannot be encoded as JSON: "):
        built({"json": {"a": float("nan")}})
    with pytest.raises(InputError, match=r"^the body cannot be encoded as JSON: .*set"):
        built({"json": {"a": {1}}})


def test_a_query_is_encoded() -> None:
    """It is a part of the URL."""
    request = built({"params": {"a": "b c", "d": "é&"}})
    assert request.target == "/v1/a?a=b+c&d=%C3%A9%26"
    assert request.url.endswith(request.target)


def test_a_url_has_at_most_65536_characters() -> None:
    """With that of the server."""
    base = "https://example.org"
    longest = "/" + "a" * (65_536 - len(base) - 1)
    assert built({"url": longest}, base_url=base).target == longest
    said = "^the request has a URL of 65537 characters: at most 65536 are allowed$"
    with pytest.raises(InputError, match=said):
        built({"url": longest + "a"}, base_url=base)
