"""The operations on credential templates."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Generic, TypedDict

from ... import models, schemas
from ...types import (
    UNSET,
    AsyncCaller,
    Caller,
    Operation,
    Parameter,
    RequestT,
    ResponseT,
    Unset,
    result_of,
)


def _update_module() -> Any:
    from . import update_credential_template

    return update_credential_template


class UpdateFields(TypedDict, total=False):
    """The fields of the body of ``update``."""

    name: str
    design_ids: list[str]
    learning_event_url: str


UPDATE: Operation[models.CredentialTemplate] = Operation(
    method="PATCH",
    path="/v1/groups/{id}",
    parameters=(
        Parameter("id", "id", "id", "path", True),
        Parameter("name", "name", "name", "body", False),
        Parameter("design_ids", "design_ids", "designIds", "body", False),
        Parameter("learning_event_url", "learning_event_url", "learningEventUrl", "body", False),
        Parameter("certifier_version", "certifier_version", "Certifier-Version", "header", True),
    ),
    body=lambda **fields: models.CredentialTemplateUpdate(**fields),
    schemas=schemas.OPERATIONS["PATCH /v1/groups/{}"],
    components=schemas.COMPONENTS,
    module=_update_module,
)


class CredentialTemplates(Generic[RequestT, ResponseT]):
    """The operations on credential templates."""

    def __init__(self, caller: Caller[RequestT, ResponseT]) -> None:
        self._caller = caller

    def update(
        self,
        id: str,
        *,
        name: str | Unset = UNSET,
        design_ids: list[str] | Unset = UNSET,
        learning_event_url: str | Unset = UNSET,
    ) -> models.CredentialTemplate:
        """Update a credential template

        Updates the specified credential template (group) by setting the values of the parameters
        passed. Any parameters not provided will be left unchanged.

        Naming update: Groups are being renamed to Credential Templates to better reflect their
        purpose. This is a naming update only — all functionality remains the same. During the
        transition, you may still see both terms used interchangeably across the API, app, and
        existing integrations.

        Legacy request shape: For backward compatibility, this endpoint still accepts the legacy
        certificateDesignId and badgeDesignId request fields for the time being. Those fields are
        deprecated, intentionally omitted from the request schema below, and may be removed without
        notice. Do not send both designIds and the legacy fields in the same request. If you use the
        legacy request shape, the response will also temporarily include legacy certificateDesignId
        and badgeDesignId fields for compatibility.

        Documented as PATCH /v1/groups/{id}.

        Args:
            id: The unique ID of the credential template (group).
            name: The name of the credential template (group) that is used as [group.name] attribute
                later on
            design_ids: Replaces the ordered list of design template IDs associated with the credential
                template.
            learning_event_url: The learning event's URL that is shown in the digital wallet

        Returns:
            The result of a documented success.

        Raises:
            CertifierError: the call failed; each documented status (400, 401, 402, 404, 429, 500) has its own
                class.
        """
        return self._caller.call(
            UPDATE,
            {
                "id": id,
                "name": name,
                "design_ids": design_ids,
                "learning_event_url": learning_event_url,
            },
        )[0]

    def update_with_response(
        self,
        id: str,
        *,
        name: str | Unset = UNSET,
        design_ids: list[str] | Unset = UNSET,
        learning_event_url: str | Unset = UNSET,
    ) -> tuple[models.CredentialTemplate, ResponseT]:
        """Do what ``update`` does, and return both the result and the response."""
        return self._caller.call(
            UPDATE,
            {
                "id": id,
                "name": name,
                "design_ids": design_ids,
                "learning_event_url": learning_event_url,
            },
        )

    def update_request(
        self,
        id: str,
        *,
        name: str | Unset = UNSET,
        design_ids: list[str] | Unset = UNSET,
        learning_event_url: str | Unset = UNSET,
    ) -> RequestT:
        """Return the request that ``update`` would send, without sending it."""
        return self._caller.request(
            UPDATE,
            {
                "id": id,
                "name": name,
                "design_ids": design_ids,
                "learning_event_url": learning_event_url,
            },
        )


class AsyncCredentialTemplates(Generic[RequestT, ResponseT]):
    """The operations on credential templates, for asyncio: await what a method returns."""

    def __init__(self, caller: AsyncCaller[RequestT, ResponseT]) -> None:
        self._caller = caller

    def update(
        self,
        id: str,
        *,
        name: str | Unset = UNSET,
        design_ids: list[str] | Unset = UNSET,
        learning_event_url: str | Unset = UNSET,
    ) -> Coroutine[Any, Any, models.CredentialTemplate]:
        """Update a credential template

        Updates the specified credential template (group) by setting the values of the parameters
        passed. Any parameters not provided will be left unchanged.

        Naming update: Groups are being renamed to Credential Templates to better reflect their
        purpose. This is a naming update only — all functionality remains the same. During the
        transition, you may still see both terms used interchangeably across the API, app, and
        existing integrations.

        Legacy request shape: For backward compatibility, this endpoint still accepts the legacy
        certificateDesignId and badgeDesignId request fields for the time being. Those fields are
        deprecated, intentionally omitted from the request schema below, and may be removed without
        notice. Do not send both designIds and the legacy fields in the same request. If you use the
        legacy request shape, the response will also temporarily include legacy certificateDesignId
        and badgeDesignId fields for compatibility.

        Documented as PATCH /v1/groups/{id}.

        Args:
            id: The unique ID of the credential template (group).
            name: The name of the credential template (group) that is used as [group.name] attribute
                later on
            design_ids: Replaces the ordered list of design template IDs associated with the credential
                template.
            learning_event_url: The learning event's URL that is shown in the digital wallet

        Returns:
            The result of a documented success; await it.

        Raises:
            CertifierError: the call failed; each documented status (400, 401, 402, 404, 429, 500) has its own
                class.
        """
        return result_of(
            self._caller.call(
                UPDATE,
                {
                    "id": id,
                    "name": name,
                    "design_ids": design_ids,
                    "learning_event_url": learning_event_url,
                },
            )
        )

    def update_with_response(
        self,
        id: str,
        *,
        name: str | Unset = UNSET,
        design_ids: list[str] | Unset = UNSET,
        learning_event_url: str | Unset = UNSET,
    ) -> Coroutine[Any, Any, tuple[models.CredentialTemplate, ResponseT]]:
        """Do what ``update`` does, and return both the result and the response."""
        return self._caller.call(
            UPDATE,
            {
                "id": id,
                "name": name,
                "design_ids": design_ids,
                "learning_event_url": learning_event_url,
            },
        )

    def update_request(
        self,
        id: str,
        *,
        name: str | Unset = UNSET,
        design_ids: list[str] | Unset = UNSET,
        learning_event_url: str | Unset = UNSET,
    ) -> RequestT:
        """Return the request that ``update`` would send, without sending it."""
        return self._caller.request(
            UPDATE,
            {
                "id": id,
                "name": name,
                "design_ids": design_ids,
                "learning_event_url": learning_event_url,
            },
        )


__all__ = ("AsyncCredentialTemplates", "CredentialTemplates")
