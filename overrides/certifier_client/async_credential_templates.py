"""The operations on credential templates, for asyncio."""

from collections.abc import Coroutine, Iterable
from os import PathLike  # noqa: TC003 - for typing.get_type_hints()
from typing import Any, Unpack

import certifier_client  # noqa: TC001 - likewise; what it has, it imports when asked
from certifier_client._call.call import Caller
from certifier_client.credential_templates import CredentialTemplateFields, request_of_update
from certifier_client.models import CredentialTemplate
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

    def update_many(
        self,
        changes: "Iterable[certifier_client.Change]",
        *,
        workers: int = 4,
        rate: "float | certifier_client.Pacer | None" = None,
        journal: "str | PathLike[str] | certifier_client.Journal | None" = None,
        keep_before: bool = False,
    ) -> "certifier_client.AsyncUpdates":
        """Do what ``CredentialTemplates.update_many`` does; iterate over it with ``async for``."""
        from certifier_client.bulk.async_run import AsyncUpdates  # noqa: PLC0415 - most programs do without
        from certifier_client.bulk.run import work_of  # noqa: PLC0415

        work = work_of(
            self._caller.settings,
            workers=workers,
            rate=rate,
            journal=journal,
            keep_before=keep_before,
        )
        return AsyncUpdates(self._caller, changes, work, workers)


async def _result(
    call: Coroutine[Any, Any, tuple[CredentialTemplate, Response]],
) -> CredentialTemplate:
    return (await call)[0]
