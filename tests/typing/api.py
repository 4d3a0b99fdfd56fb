"""Uses of the package for the type checkers; it never runs.

An ignored error is a check too: both type checkers complain if there is nothing to ignore.
"""

from datetime import datetime
from typing import assert_type

import httpx

import certifier_client
from certifier_client import AsyncCertifier, Certifier, CredentialTemplate, RetryPolicy


def the_result_is_typed(certifier: Certifier) -> None:
    """Each field of the result has its documented type."""
    template = certifier.credential_templates.update("id")
    assert_type(template, CredentialTemplate)
    assert_type(template.id, str)
    assert_type(template.name, str)
    assert_type(template.design_ids, list[str])
    assert_type(template.learning_event_url, str | None)
    assert_type(template.created_at, datetime)
    assert_type(template.updated_at, datetime)


def fields_are_typed(certifier: Certifier) -> None:
    """A field accepts only its documented type."""
    update = certifier.credential_templates.update
    update("id", name="a", design_ids=["b"], learning_event_url="https://example.org")
    update("id", name=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    update("id", design_ids="b")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    update("id", title="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    update(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    update()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def the_response_is_typed(certifier: Certifier) -> None:
    """`update_with_response` returns the template and the response."""
    template, response = certifier.credential_templates.update_with_response("id")
    assert_type(template, CredentialTemplate)
    assert_type(response, certifier_client.Response)


def groups_are_credential_templates(certifier: Certifier, other: AsyncCertifier) -> None:
    """The former name is typed as well."""
    assert_type(certifier.groups, certifier_client.CredentialTemplates)
    assert_type(other.groups, certifier_client.AsyncCredentialTemplates)


async def the_async_client_is_typed(certifier: AsyncCertifier) -> None:
    """AsyncCertifier returns the same types, to be awaited."""
    assert_type(await certifier.credential_templates.update("id", name="a"), CredentialTemplate)
    _, response = await certifier.credential_templates.update_with_response("id")
    assert_type(response, certifier_client.Response)


def options_are_typed() -> None:
    """Each option accepts its documented types; a copy has the class of the original."""
    certifier = Certifier(
        access_token=lambda: "token",
        base_url="https://api.certifier.io",
        version="2022-10-26",
        timeout=5,
        headers={"X-Source": "catalogue"},
        deadline=60,
        retry=RetryPolicy(attempts=5, retry_ambiguous=False),
        on_retry=lambda retry: retry.attempt + retry.wait,
        proxy="http://localhost:3128",
        trust_env=False,
    )
    Certifier(transport=httpx.HTTPTransport(proxy="http://localhost:3128"))
    certifier.with_options(proxy="a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Certifier(retry=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(certifier.with_options(timeout=httpx.Timeout(5)), Certifier)
    assert_type(AsyncCertifier().with_options(access_token="token"), AsyncCertifier)
    Certifier(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Certifier(token="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AsyncCertifier(transport=httpx.HTTPTransport())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def errors_are_typed(error: certifier_client.StatusError) -> None:
    """The attributes of an error have plain types."""
    assert_type(error.status, int)
    assert_type(error.code, str | None)
    assert_type(error.message, str | None)
    assert_type(error.headers, httpx.Headers)
    assert_type(error.body, bytes)
    assert_type(error.attempts, int)
    assert_type(error.elapsed, float)
    assert_type(error.retry_after, float | None)
    assert_type(error.may_have_been_applied, bool)


def lists_are_typed(certifier: Certifier, other: AsyncCertifier) -> None:
    """Iterating gives outcomes; a rate is a number or a limiter, sync or async."""
    templates = certifier.credential_templates
    changes: list[certifier_client.Change] = [{"id": "id", "name": "a"}]
    for outcome in templates.update_many(changes, rate=5, journal="journal", snapshot=True):
        assert_type(outcome, certifier_client.Outcome)
        assert_type(outcome.template, CredentialTemplate | None)
        assert_type(outcome.problems, tuple[str, ...])
    for planned in templates.plan_undo("journal"):
        assert_type(planned.number, int)
    assert_type(templates.undo("journal"), certifier_client.Updates)
    assert_type(other.credential_templates.compare_many(changes), certifier_client.AsyncUpdates)
    certifier_client.Certifier(rate_limiter=certifier_client.AdaptiveRateLimiter(3))
    templates.update_many(changes, rate=SyncLimiter())
    other.with_options(rate_limiter=AsyncLimiter())


class SyncLimiter:
    """A RateLimiter that blocks."""

    def acquire(self) -> None:
        """Give a turn."""

    def on_throttled(self, retry_after: float | None) -> None:
        """Note a 429."""

    def on_success(self) -> None:
        """Note a success."""


class AsyncLimiter:
    """A RateLimiter that is awaited."""

    async def acquire(self) -> float:
        """Give a turn later."""
        return 1.0

    async def on_throttled(self, retry_after: float | None) -> None:
        """Note a 429."""

    async def on_success(self) -> None:
        """Note a success."""
