"""No response fills the memory."""

import asyncio
import gc
import gzip
import json
import tracemalloc
from typing import Any

import pytest

from certifier_client import Certifier, CertifierError
from certifier_sandbox import TEMPLATE_ID
from documented import TEMPLATE
from faults.fault import CANARY, KINDS, ONCE
from faults.fault_server import flood, read, response, send, serving
from figures import faults as measured

MOST = 8  # MiB above idle

_MIB = 1024 * 1024
_UNENDING = b"HTTP/1.1 %d Status\r\n\r\n"


def inside(value: bytes, size: int) -> bytes:
    """Return a template of about this size, with an unknown field that repeats a text."""
    whole = json.dumps(TEMPLATE)[:-1].encode() + b', "x": ['
    return whole + b",".join([value] * ((size - len(whole)) // (len(value) + 1))) + b"]}"


# The shapes that need the most memory for their size, just below and above the limits.
BODIES = {
    "spaces": b" " * (4 * _MIB),
    "a string": b'"' + b"a" * (512 * 1024 - 2) + b'"',
    "wide characters": ('"' + "é📈" * 87_000 + '"').encode(),
    "escapes and one wide character": b'"' + rb"\u0061" * 80_000 + "📈".encode() + b'"',
    "a long string with an escape and a wide character": (
        '"' + "a" * 1_000_000 + '\\n📈"'
    ).encode(),
    "empty arrays": inside(b"[]", 20_000),
    "empty objects": inside(b"{}", 20_000),
    "too many empty arrays": inside(b"[]", 500_000),
    "objects": inside(b'{"a":0}', 70_000),
    "numbers": inside(b"1.5", 79_000),
    "long numbers": inside(b"9" * 4000, 512 * 1024),
    "long strings": inside(b'"' + b"a" * 1000 + b'"', 512 * 1024),
    "deep": b"[" * 20_000 + b"]" * 20_000,
    "a bomb": gzip.compress(b" " * (64 * _MIB)),
}


def peak(kind: Any, url: str) -> float:
    """Return the peak memory of a call in MiB."""
    with asyncio.Runner() as runner:
        certifier = kind(access_token=CANARY, base_url=url, retry=ONCE)
        gc.collect()
        tracemalloc.start(1)
        try:
            call = certifier.groups.update(TEMPLATE_ID)
            ended: Any = runner.run(call) if kind is not Certifier else call
        except CertifierError as error:
            ended = str(error), error.args
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert ended
        close = certifier.aclose() if kind is not Certifier else certifier.close()
        if close:
            runner.run(close)
    return highest / _MIB


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_response_fills_the_memory(kind: Any, name: str, status: int) -> None:
    """A response of any shape, success or error, takes a few MiB at most."""
    body = BODIES[name]
    wrapped = (
        body if status == 200 else b'{"error": {"code": "a", "message": "b", "x": ' + body + b"}}"
    )
    data = memoryview(response(status, wrapped))
    judge(kind, (read, send(data)))


@pytest.mark.parametrize("status", [200, 302, 404])
@pytest.mark.parametrize("size", [4096, 4 * _MIB])
@pytest.mark.parametrize("kind", KINDS)
def test_no_endless_response_fills_the_memory(kind: Any, size: int, status: int) -> None:
    """At most 1 MiB of it is read."""
    judge(kind, (read, send(_UNENDING % status), flood(memoryview(bytes(size)))))


def judge(kind: Any, turn: Any) -> None:
    """Measure one response, and check the limit."""
    with serving([turn]) as server:
        mib = peak(kind, server.url)
    measured.add("peak_mib", round(mib, 2))
    assert mib < MOST
