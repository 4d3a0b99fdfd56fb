"""A sandbox with templates to change, and update_many of either client."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from certifier_client import AsyncCertifier, Certifier, Outcome, Retry, RetryPolicy
from certifier_client.bulk.jobs import server_of
from certifier_client.bulk.journal import Journal
from certifier_sandbox import Sandbox

IDS = [f"01g90279gp5sbmfek7wymc{number:04d}" for number in range(40)]
OPTIONS: Any = {"retry": RetryPolicy(base=0.01, throttled_base=0.01)}

OnRetry = Callable[[Retry], object]
UpdateMany = Callable[..., list[Outcome]]


@pytest.fixture
def sandbox(certifier_sandbox: Sandbox) -> Sandbox:
    """Give each test the sandbox as new, with templates to change."""
    for template_id in IDS:
        certifier_sandbox.seed(id=template_id, name="old")
    return certifier_sandbox


def named(name: str, number: int = 3) -> list[Any]:
    """Return changes of the names of some templates."""
    return [{"id": template, "name": name} for template in IDS[:number]]


def open_journal(path: str | Path) -> Journal:
    """Open or create a journal of changes on the sandbox."""
    with Certifier() as certifier:
        return Journal(path, server_of(certifier), create=True)


def sync_update_many(
    changes: Iterable[Any],
    reported: list[Outcome] | None = None,
    on_retry: OnRetry = bool,  # which does nothing
    **given: Any,
) -> list[Outcome]:
    """Make them with a Certifier; `reported` gets the outcomes, also if something is raised."""
    reported = [] if reported is None else reported
    with Certifier(**OPTIONS, on_retry=on_retry) as certifier:
        reported.extend(certifier.credential_templates.update_many(changes, **given))
    return reported


def async_update_many(
    changes: Iterable[Any],
    reported: list[Outcome] | None = None,
    on_retry: OnRetry = bool,  # which does nothing
    **given: Any,
) -> list[Outcome]:
    """Make them with an AsyncCertifier."""
    outcomes = [] if reported is None else reported

    async def run() -> list[Outcome]:
        async with AsyncCertifier(**OPTIONS, on_retry=on_retry) as certifier:
            async for outcome in certifier.credential_templates.update_many(changes, **given):
                outcomes.append(outcome)
        return outcomes

    return asyncio.run(run())


@pytest.fixture(params=[sync_update_many, async_update_many], ids=["sync", "async"])
def update_many(request: pytest.FixtureRequest) -> UpdateMany:
    """Make many updates with either client: what a test of this shows holds for both."""
    either: UpdateMany = request.param
    return either
