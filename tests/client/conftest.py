"""A sandbox on a port, and a fixture that updates with either client.

Calls make a single attempt here: these tests are about single failures, tests/faults about retries.
"""

import asyncio
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
from certifier_sandbox import TEMPLATE_ID
from sandboxed import sandbox
from support import Update

__all__ = ["sandbox"]

ONCE = Options(retry=RetryPolicy(attempts=1))


def sync_update(
    template_id: str = TEMPLATE_ID, options: Options | None = None, **fields: Any
) -> tuple[CredentialTemplate, Response]:
    """Update with a Certifier that has these options."""
    with Certifier(**(ONCE | (options or {}))) as certifier:
        return certifier.credential_templates.update_with_response(template_id, **fields)


def async_update(
    template_id: str = TEMPLATE_ID, options: Options | None = None, **fields: Any
) -> tuple[CredentialTemplate, Response]:
    """Update with an AsyncCertifier that has these options."""

    async def call() -> tuple[CredentialTemplate, Response]:
        async with AsyncCertifier(**(ONCE | (options or {}))) as certifier:
            return await certifier.credential_templates.update_with_response(template_id, **fields)

    return asyncio.run(call())


@pytest.fixture(params=[sync_update, async_update], ids=["sync", "async"])
def update(request: pytest.FixtureRequest) -> Update:
    """Return a function that makes one update with either client."""
    either: Update = request.param
    return either
