"""Cancel a thousand calls of httpx's client and of this one; count the connections each lost.

.venv/bin/python tests/bench/cancel.py
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script can only import from its own folder
from certifier_client import AsyncCertifier
from certifier_client._http import pool
from certifier_sandbox import TEMPLATE_ID
from faults.fault import CA, CANARY, FAST, certificate
from faults.fault_server import FaultServer, serving
from faults.test_cancel import CALLS, MOST, cancel, slow_server

Call = Callable[[], Awaitable[object]]


async def unusable(call: Call) -> int:
    """Make a call for each connection, and return how many do not end within a second."""
    calls = (asyncio.wait_for(call(), 1) for _ in range(MOST))
    ended = await asyncio.gather(*calls, return_exceptions=True)
    return sum(isinstance(outcome, httpx.PoolTimeout | TimeoutError) for outcome in ended)


async def measure(server: FaultServer, call: Call) -> str:
    """Cancel calls, and return what is lost."""
    cancelled = await cancel(call, CALLS)
    await asyncio.sleep(0.5)
    still_open = server.open
    server.calm()
    stuck = await unusable(call)
    return f"{cancelled} cancelled; of {MOST} connections {stuck} unusable; {still_open} open"


async def raw(tls: Any, context: Any) -> str:
    """Measure httpx.AsyncClient."""
    limits = httpx.Limits(max_connections=MOST)
    with serving(slow_server(CALLS), tls=tls) as server:
        async with httpx.AsyncClient(limits=limits, verify=context, timeout=0.5) as client:
            return await measure(server, lambda: client.patch(server.url, json={}))


async def ours(tls: Any) -> str:
    """Measure AsyncCertifier."""
    pool.MAX_CONNECTIONS = MOST
    with serving(slow_server(CALLS), tls=tls) as server:
        async with AsyncCertifier(access_token=CANARY, base_url=server.url, retry=FAST) as client:
            return await measure(server, lambda: client.groups.update(TEMPLATE_ID))


def main() -> None:
    """Print a line for each client."""
    with tempfile.NamedTemporaryFile() as ca:
        CA.cert_pem.write_to_path(ca.name)
        os.environ["SSL_CERT_FILE"] = ca.name
        context = httpx.create_ssl_context()
        for name, tls in (("plain", None), ("TLS", certificate())):
            print(f"httpx {httpx.__version__}, {name}: {asyncio.run(raw(tls, context))}")
            print(f"certifier-client, {name}: {asyncio.run(ours(tls))}")


if __name__ == "__main__":
    main()
