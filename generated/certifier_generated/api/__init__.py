"""What a client has of the document: a property for each tag."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic

from ..types import RequestT, ResponseT

if TYPE_CHECKING:
    from .credential_templates import AsyncCredentialTemplates, CredentialTemplates


class Resources(Generic[RequestT, ResponseT]):
    """The resources of a client, each imported when it is first used."""

    _caller: Any  # of the client, which has its own class of Caller[RequestT, ResponseT]

    @cached_property
    def credential_templates(self) -> CredentialTemplates[RequestT, ResponseT]:
        """The operations on credential templates."""
        from .credential_templates import CredentialTemplates

        return CredentialTemplates(self._caller)


class AsyncResources(Generic[RequestT, ResponseT]):
    """The resources of an asynchronous client, each imported when it is first used."""

    _caller: Any  # of the client, which has its own class of AsyncCaller[RequestT, ResponseT]

    @cached_property
    def credential_templates(self) -> AsyncCredentialTemplates[RequestT, ResponseT]:
        """The operations on credential templates."""
        from .credential_templates import AsyncCredentialTemplates

        return AsyncCredentialTemplates(self._caller)
