from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CredentialTemplateUpdate")


@_attrs_define
class CredentialTemplateUpdate:
    name: str | Unset = UNSET
    """ The name of the credential template (group) that is used as [group.name] attribute later on """
    design_ids: list[str] | Unset = UNSET
    """ Replaces the ordered list of design template IDs associated with the credential template. """
    learning_event_url: str | Unset = UNSET
    """ The learning event's URL that is shown in the digital wallet """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        design_ids: list[str] | Unset = UNSET
        if not isinstance(self.design_ids, Unset):
            design_ids = self.design_ids

        learning_event_url = self.learning_event_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if design_ids is not UNSET:
            field_dict["designIds"] = design_ids
        if learning_event_url is not UNSET:
            field_dict["learningEventUrl"] = learning_event_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name", UNSET)

        design_ids = cast(list[str], d.pop("designIds", UNSET))

        learning_event_url = d.pop("learningEventUrl", UNSET)

        credential_template_update = cls(
            name=name,
            design_ids=design_ids,
            learning_event_url=learning_event_url,
        )

        credential_template_update.additional_properties = d
        return credential_template_update

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
