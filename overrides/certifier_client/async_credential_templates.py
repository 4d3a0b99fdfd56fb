"""The operations on credential templates, for asyncio."""

from typing import TYPE_CHECKING, Unpack

from certifier_client._call.call import Caller
from certifier_client.credential_templates import CredentialTemplateFields, request_of_update
from certifier_client.models import CredentialTemplate
from certifier_client.response import Response

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from certifier_client.bulk.async_run import AsyncUpdates
    from certifier_client.bulk.change import Change
    from certifier_client.bulk.journal import Journal
    from certifier_client.bulk.pace import Pacer


class AsyncCredentialTemplates:
    """The twin of CredentialTemplates for asyncio."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def update(
        self,
        id: str,  # noqa: A002 - the documentation's name
        **fields: Unpack[CredentialTemplateFields],
    ) -> CredentialTemplate:
        """Do what ``CredentialTemplates.update`` does."""
        return (await self.update_with_response(id, **fields))[0]

    async def update_with_response(
        self,
        id: str,  # noqa: A002 - the documentation's name
        **fields: Unpack[CredentialTemplateFields],
    ) -> tuple[CredentialTemplate, Response]:
        """Do what ``CredentialTemplates.update_with_response`` does."""
        return await self._caller.call(*request_of_update(self._caller.settings, id, fields))

    def update_many(
        self,
        changes: "Iterable[Change]",
        *,
        workers: int = 4,
        rate: "float | Pacer | None" = None,
        journal: "str | PathLike[str] | Journal | None" = None,
        keep_before: bool = False,
    ) -> "AsyncUpdates":
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
