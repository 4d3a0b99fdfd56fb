"""The operations on credential templates, for asyncio."""

from collections.abc import Coroutine, Iterable, Iterator
from os import PathLike  # noqa: TC003 - for typing.get_type_hints()
from typing import Any, Unpack

import certifier_client
from certifier_client._call.call import Caller
from certifier_client.credential_templates import (
    CredentialTemplateFields,
    CredentialTemplates,
    request_of_update,
)
from certifier_client.models import CredentialTemplate
from certifier_client.rate_limiter import RateLimiter  # noqa: TC001 - for get_type_hints()
from certifier_client.request import Request
from certifier_client.response import Response


class AsyncCredentialTemplates:
    """The twin of CredentialTemplates for asyncio."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    # No `async def`: what is passed is read and checked now, and not when the call is awaited.
    def update(
        self,
        id: str,  # noqa: A002 - the documentation's name
        **fields: Unpack[CredentialTemplateFields],
    ) -> Coroutine[Any, Any, CredentialTemplate]:
        """Do what ``CredentialTemplates.update`` does; await what it returns."""
        return _result(self.update_with_response(id, **fields))

    def update_with_response(
        self,
        id: str,  # noqa: A002 - the documentation's name
        **fields: Unpack[CredentialTemplateFields],
    ) -> Coroutine[Any, Any, tuple[CredentialTemplate, Response]]:
        """Do what ``CredentialTemplates.update_with_response`` does; await what it returns."""
        return self._caller.call(*request_of_update(self._caller.settings, id, fields))

    def update_request(
        self,
        id: str,  # noqa: A002 - the documentation's name
        **fields: Unpack[CredentialTemplateFields],
    ) -> Request:
        """Do what ``CredentialTemplates.update_request`` does."""
        return CredentialTemplates(self._caller).update_request(id, **fields)

    def update_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
        journal: "str | PathLike[str] | None" = None,
        snapshot: bool = False,
    ) -> "certifier_client.AsyncUpdates":
        """Do what ``CredentialTemplates.update_many`` does; iterate over it with ``async for``."""
        from certifier_client.bulk import async_updates, jobs, run  # noqa: PLC0415 - most do without

        client = self._client()
        job = jobs.update_many(client, changes, journal, snapshot=snapshot)
        return async_updates.AsyncUpdates(run.Plan(client, job, workers, rate))

    def compare_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
    ) -> "certifier_client.AsyncUpdates":
        """Do what ``CredentialTemplates.compare_many`` does; iterate with ``async for``."""
        from certifier_client.bulk import async_updates, compare, run  # noqa: PLC0415

        job = compare.Compare(enumerate(changes, 1))
        return async_updates.AsyncUpdates(run.Plan(self._client(), job, workers, rate))

    def undo(
        self,
        journal: "str | PathLike[str]",
        *,
        workers: int = 4,
        rate: "float | RateLimiter | None" = None,
    ) -> "certifier_client.AsyncUpdates":
        """Do what ``CredentialTemplates.undo`` does; iterate over it with ``async for``."""
        from certifier_client.bulk import async_updates, jobs, run  # noqa: PLC0415

        client = self._client()
        job = jobs.undo(client, journal)
        return async_updates.AsyncUpdates(run.Plan(client, job, workers, rate))

    def plan_undo(
        self, journal: "str | PathLike[str]"
    ) -> "Iterator[certifier_client.PlannedChange]":
        """Do what ``CredentialTemplates.plan_undo`` does, which sends nothing."""
        return CredentialTemplates(self._caller).plan_undo(journal)

    def _client(self) -> "certifier_client.AsyncCertifier":
        return certifier_client.AsyncCertifier.sharing(self._caller)


async def _result(
    call: Coroutine[Any, Any, tuple[CredentialTemplate, Response]],
) -> CredentialTemplate:
    return (await call)[0]
