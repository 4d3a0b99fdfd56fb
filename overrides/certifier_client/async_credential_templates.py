"""The operations on credential templates, for asyncio."""

from typing import Unpack

from certifier_client.async_call import AsyncCaller
from certifier_client.credential_templates import CredentialTemplateFields, request_of_update
from certifier_client.models import CredentialTemplate
from certifier_client.response import Response


class AsyncCredentialTemplates:
    """The twin of CredentialTemplates for asyncio."""

    def __init__(self, caller: AsyncCaller) -> None:
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
