from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.credential_template import CredentialTemplate
from ...models.credential_template_update import CredentialTemplateUpdate
from ...models.error_response import ErrorResponse
from ...types import Response


def _get_kwargs(
    id: str,
    *,
    body: CredentialTemplateUpdate,
    certifier_version: str = "2022-10-26",
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Certifier-Version"] = certifier_version

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/v1/groups/{id}".format(
            id=quote(str(id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CredentialTemplate | ErrorResponse | None:
    if response.status_code == 200:
        response_200 = CredentialTemplate.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = ErrorResponse.from_dict(response.json())

        return response_402

    if response.status_code == 404:
        response_404 = ErrorResponse.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        response_429 = ErrorResponse.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CredentialTemplate | ErrorResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    body: CredentialTemplateUpdate,
    certifier_version: str = "2022-10-26",
) -> Response[CredentialTemplate | ErrorResponse]:
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

    Args:
        id (str): The unique ID of the credential template (group).
        certifier_version (str):  Default: '2022-10-26'.
        body (CredentialTemplateUpdate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CredentialTemplate | ErrorResponse]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
        certifier_version=certifier_version,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
    body: CredentialTemplateUpdate,
    certifier_version: str = "2022-10-26",
) -> CredentialTemplate | ErrorResponse | None:
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

    Args:
        id (str): The unique ID of the credential template (group).
        certifier_version (str):  Default: '2022-10-26'.
        body (CredentialTemplateUpdate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CredentialTemplate | ErrorResponse
    """

    return sync_detailed(
        id=id,
        client=client,
        body=body,
        certifier_version=certifier_version,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    body: CredentialTemplateUpdate,
    certifier_version: str = "2022-10-26",
) -> Response[CredentialTemplate | ErrorResponse]:
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

    Args:
        id (str): The unique ID of the credential template (group).
        certifier_version (str):  Default: '2022-10-26'.
        body (CredentialTemplateUpdate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CredentialTemplate | ErrorResponse]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
        certifier_version=certifier_version,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
    body: CredentialTemplateUpdate,
    certifier_version: str = "2022-10-26",
) -> CredentialTemplate | ErrorResponse | None:
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

    Args:
        id (str): The unique ID of the credential template (group).
        certifier_version (str):  Default: '2022-10-26'.
        body (CredentialTemplateUpdate):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CredentialTemplate | ErrorResponse
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            body=body,
            certifier_version=certifier_version,
        )
    ).parsed
