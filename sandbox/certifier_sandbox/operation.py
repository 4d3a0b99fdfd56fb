"""The operation PATCH /v1/groups/{id}: the order of its checks, and its response."""

from collections.abc import Mapping

from starlette.datastructures import Headers

from certifier_sandbox.api_error import ApiError
from certifier_sandbox.clock import timestamp
from certifier_sandbox.organizations import Organization, authenticate
from certifier_sandbox.request_schema import parse_changes
from certifier_sandbox.state import State
from certifier_sandbox.template import DESIGN_FIELDS, LEGACY_FIELDS, Template

VERSION = "2022-10-26"


def update(state: State, headers: Headers, template_id: str, body: bytes) -> Mapping[str, object]:
    """Update a template and return the response body; raises `ApiError` if a check fails."""
    organization = authenticate(headers)
    if organization is None:
        raise ApiError("unauthorized", headers={"WWW-Authenticate": "Bearer"})
    _check_rate(state, organization)
    _check_version(headers.getlist("certifier-version"))
    changes = parse_changes(headers, body)

    def change(template: Template | None) -> Template:
        if template is None or template.organization != organization.name:
            raise ApiError("not_found")
        if not organization.premium and DESIGN_FIELDS & changes.keys():
            raise ApiError("payment_required")
        return template.changed(changes, timestamp(state.clock.now()))

    template = state.store.update(template_id, change)
    return template.to_json(legacy=bool(LEGACY_FIELDS & changes.keys()))


def _check_rate(state: State, organization: Organization) -> None:
    retry_after = state.rate_limit.retry_after(organization.name, state.clock.now())
    if retry_after is not None:
        raise ApiError("rate_limited", headers={"Retry-After": str(retry_after)})


def _check_version(versions: list[str]) -> None:
    if not versions:
        raise ApiError("missing_version")
    if versions != [VERSION]:
        raise ApiError("invalid_version")
