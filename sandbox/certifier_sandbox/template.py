"""A credential template, and how an update changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NotRequired, TypedDict

LEGACY_FIELDS = frozenset({"certificateDesignId", "badgeDesignId"})
DESIGN_FIELDS = LEGACY_FIELDS | {"designIds"}


class Changes(TypedDict):
    """The fields of a valid request body, in the documented shape or the legacy one."""

    name: NotRequired[str]
    designIds: NotRequired[list[str]]
    learningEventUrl: NotRequired[str]
    certificateDesignId: NotRequired[str]
    badgeDesignId: NotRequired[str]


@dataclass(frozen=True)
class Template:
    """A row of the store. The README explains why the legacy ids are stored next to the list."""

    id: str
    organization: str
    name: str
    learning_event_url: str | None
    design_ids: tuple[str, ...]
    certificate_design_id: str | None
    badge_design_id: str | None
    created_at: str
    updated_at: str

    def changed(self, changes: Changes, now: str) -> "Template":
        """Return the updated template; without changes, `updated_at` stays the same."""
        if not changes:
            return self
        return replace(
            self._with_designs(changes),
            name=changes.get("name", self.name),
            learning_event_url=changes.get("learningEventUrl", self.learning_event_url),
            updated_at=max(self.updated_at, now),
        )

    def _with_designs(self, changes: Changes) -> "Template":
        if "designIds" in changes:
            # The position does not say which is the certificate, so the legacy ids are cleared.
            designs = tuple(changes["designIds"])
            return replace(
                self, design_ids=designs, certificate_design_id=None, badge_design_id=None
            )
        if not LEGACY_FIELDS & changes.keys():
            return self
        certificate = changes.get("certificateDesignId", self.certificate_design_id)
        badge = changes.get("badgeDesignId", self.badge_design_id)
        return replace(
            self,
            design_ids=tuple(design for design in (certificate, badge) if design is not None),
            certificate_design_id=certificate,
            badge_design_id=badge,
        )

    def to_json(self, *, legacy: bool) -> Mapping[str, object]:
        """Return the response body: the documented fields and, with `legacy`, the legacy ones."""
        legacy_ids = {
            "certificateDesignId": self.certificate_design_id,
            "badgeDesignId": self.badge_design_id,
        }
        return {
            "id": self.id,
            "name": self.name,
            "learningEventUrl": self.learning_event_url,
            "designIds": self.design_ids,
            **(legacy_ids if legacy else {}),
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }
