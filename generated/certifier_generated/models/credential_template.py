from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CredentialTemplate")


@_attrs_define
class CredentialTemplate:
    id: str
    """ The unique ID of the credential template (group). """
    name: str
    """ The name of the credential template (group) that is used as [group.name] attribute later on """
    learning_event_url: None | str
    """ The learning event's URL that is shown in the digital wallet """
    design_ids: list[str]
    """ The ordered list of design template IDs associated with the credential template. """
    created_at: datetime.datetime
    updated_at: datetime.datetime
    certificate_design_id: None | str | Unset = UNSET
    """ Legacy. Temporarily included for compatibility with the legacy request shape. """
    badge_design_id: None | str | Unset = UNSET
    """ Legacy. Temporarily included for compatibility with the legacy request shape. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        learning_event_url: None | str
        learning_event_url = self.learning_event_url

        design_ids = self.design_ids

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        certificate_design_id: None | str | Unset
        if isinstance(self.certificate_design_id, Unset):
            certificate_design_id = UNSET
        else:
            certificate_design_id = self.certificate_design_id

        badge_design_id: None | str | Unset
        if isinstance(self.badge_design_id, Unset):
            badge_design_id = UNSET
        else:
            badge_design_id = self.badge_design_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "learningEventUrl": learning_event_url,
                "designIds": design_ids,
                "createdAt": created_at,
                "updatedAt": updated_at,
            }
        )
        if certificate_design_id is not UNSET:
            field_dict["certificateDesignId"] = certificate_design_id
        if badge_design_id is not UNSET:
            field_dict["badgeDesignId"] = badge_design_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        def _parse_learning_event_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        learning_event_url = _parse_learning_event_url(d.pop("learningEventUrl"))

        design_ids = cast(list[str], d.pop("designIds"))

        created_at = datetime.datetime.fromisoformat(d.pop("createdAt"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updatedAt"))

        def _parse_certificate_design_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        certificate_design_id = _parse_certificate_design_id(d.pop("certificateDesignId", UNSET))

        def _parse_badge_design_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        badge_design_id = _parse_badge_design_id(d.pop("badgeDesignId", UNSET))

        credential_template = cls(
            id=id,
            name=name,
            learning_event_url=learning_event_url,
            design_ids=design_ids,
            created_at=created_at,
            updated_at=updated_at,
            certificate_design_id=certificate_design_id,
            badge_design_id=badge_design_id,
        )

        credential_template.additional_properties = d
        return credential_template

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
