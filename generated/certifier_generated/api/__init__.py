"""The base classes of the clients, with a property for each tag."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic

from ..types import RequestT, ResponseT

if TYPE_CHECKING:
    from .credential_templates import AsyncCredentialTemplates, CredentialTemplates


class Resources(Generic[RequestT, ResponseT]):
    """The resources of a client, imported on first use."""

    _caller: Any  # a Caller[RequestT, ResponseT]; a client may narrow the type

    @cached_property
    def credential_templates(self) -> CredentialTemplates[RequestT, ResponseT]:
        """The operations on credential templates."""
        from .credential_templates import CredentialTemplates

        return CredentialTemplates(self._caller)


class AsyncResources(Generic[RequestT, ResponseT]):
    """The resources of an asynchronous client, imported on first use."""

    _caller: Any  # a AsyncCaller[RequestT, ResponseT]; a client may narrow the type

    @cached_property
    def credential_templates(self) -> AsyncCredentialTemplates[RequestT, ResponseT]:
        """The operations on credential templates."""
        from .credential_templates import AsyncCredentialTemplates

        return AsyncCredentialTemplates(self._caller)
