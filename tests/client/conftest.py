"""A sandbox on a socket, and the two clients as one.

A call is one attempt here: what a failure is, these tests show; what follows it, tests/faults.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from certifier_client import (
    AsyncCertifier,
    Certifier,
    CredentialTemplate,
    Options,
    Response,
    RetryPolicy,
)
from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID, running
from support import Sandbox, Update

ONCE = Options(retry=RetryPolicy(attempts=1))


@pytest.fixture(scope="session")
def process() -> Iterator[Sandbox]:
    """Run one sandbox for all tests."""
    with running() as server:
        sandbox = Sandbox(server.url)
        yield sandbox
        sandbox.close()


@pytest.fixture
def sandbox(process: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Give each test the sandbox as new, and the environment that a user would set."""
    process.reset()
    monkeypatch.setenv("CERTIFIER_ACCESS_TOKEN", PREMIUM_TOKEN)
    monkeypatch.setenv("CERTIFIER_BASE_URL", process.url)
    return process


def sync_update(
    template_id: str = TEMPLATE_ID, options: Options | None = None, **fields: Any
) -> tuple[CredentialTemplate, Response]:
    """Update with a Certifier of these options."""
    with Certifier(**(ONCE | (options or {}))) as certifier:
        return certifier.credential_templates.update_with_response(template_id, **fields)


def async_update(
    template_id: str = TEMPLATE_ID, options: Options | None = None, **fields: Any
) -> tuple[CredentialTemplate, Response]:
    """Update with an AsyncCertifier of these options."""

    async def call() -> tuple[CredentialTemplate, Response]:
        async with AsyncCertifier(**(ONCE | (options or {}))) as certifier:
            return await certifier.credential_templates.update_with_response(template_id, **fields)

    return asyncio.run(call())


@pytest.fixture(params=[sync_update, async_update], ids=["sync", "async"])
def update(request: pytest.FixtureRequest) -> Update:
    """Do one update with either client: what a test of this shows holds for both."""
    either: Update = request.param
    return either
