"""A sandbox with templates to change, and either client's way to change many."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from certifier_client import AsyncCertifier, Certifier, Outcome, RetryPolicy
from certifier_sandbox import Sandbox
from sandboxed import sandbox

__all__ = ["sandbox"]

IDS = [f"01g90279gp5sbmfek7wymc{number:04d}" for number in range(40)]
OPTIONS: Any = {"retry": RetryPolicy(base=0.01, throttled_base=0.01)}

UpdateMany = Callable[..., list[Outcome]]


@pytest.fixture(autouse=True)
def seeded(sandbox: Sandbox) -> None:
    """Give each test the templates as new."""
    for template_id in IDS:
        sandbox.seed(id=template_id, name="old")


def sync_update_many(
    changes: Iterable[Any], told: list[Outcome] | None = None, **how: Any
) -> list[Outcome]:
    """Make them with a Certifier; `told` has what came of them, also when something is raised."""
    told = [] if told is None else told
    with Certifier(**OPTIONS) as certifier:
        told.extend(certifier.credential_templates.update_many(changes, **how))
    return told


def async_update_many(
    changes: Iterable[Any], told: list[Outcome] | None = None, **how: Any
) -> list[Outcome]:
    """Make them with an AsyncCertifier."""
    outcomes = [] if told is None else told

    async def run() -> list[Outcome]:
        async with AsyncCertifier(**OPTIONS) as certifier:
            async for outcome in certifier.credential_templates.update_many(changes, **how):
                outcomes.append(outcome)
        return outcomes

    return asyncio.run(run())


@pytest.fixture(params=[sync_update_many, async_update_many], ids=["sync", "async"])
def update_many(request: pytest.FixtureRequest) -> UpdateMany:
    """Make many updates with either client: what a test of this shows holds for both."""
    either: UpdateMany = request.param
    return either
