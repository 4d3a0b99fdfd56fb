"""A template on the other server: its original and last known state, and how to restore it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from contract.live.other_server import Service
from contract.live.page import OK, Page, Seen, Template, object_of, sent_in
from contract.live.settings import Stopped
from contract.model import LEGACY, Model, Request
from contract.request_table import Subject

RESTORE_ATTEMPTS = 3
# On the first read, these statuses mean that a setting is wrong.
SETTINGS_ERRORS = {401, 403, 404, 429}


class Unreadable(Stopped):
    """The first read returned no template, though no setting seems wrong."""


@dataclass
class TrackedTemplate:
    """A template that the run reads, and may change.

    Attributes:
        template: all members, as first read.
        before: those of them that are fields on the page.
        original: those that may be changed, since the page accepts their values, unlike null.
        seen: what the last responses showed.

    """

    who: Subject
    template: Template
    before: Template
    original: Template
    seen: Seen

    def shown_by(self, response: httpx.Response) -> Template:
        """Return the template in a response; empty if it is not this one."""
        template = object_of(response)
        if response.status_code != OK or template.get("id") != self.who.id:
            return {}
        return template

    def remember(self, response: httpx.Response, request: Request | None = None) -> None:
        """Record what a response to a request, or to a read, shows."""
        template = self.shown_by(response)
        sent = sent_in(request) if request else {}
        if sent.keys() & set(LEGACY):
            self.seen.legacy = {name: template[name] for name in LEGACY if name in template}
        elif "designIds" in sent:
            self.seen.legacy = {}
        names = (*self.before, "updatedAt")
        self.seen.template |= {name: template[name] for name in names if name in template}

    def state(self, template: Mapping[str, Any] | None = None) -> Template:
        """Return what a read should show of the last known template, or of the given one."""
        shown = template or self.seen.template
        names = (*self.before, "createdAt")
        return {"id": self.who.id, **{name: shown.get(name) for name in names}}

    def restore(self, service: Service) -> list[str] | None:
        """Restore the template, and retry if that fails.

        Returns:
            The members that still differ, such as updatedAt; None if no read shows that all fields
            on the page are restored.

        """
        for _ in range(RESTORE_ATTEMPTS):
            service.clear_interruption()
            try:
                now = self.shown_by(service.send(self.who.update({})))
                if changed := {k: v for k, v in self.original.items() if now.get(k, ...) != v}:
                    service.send(self.who.update(changed))
                now = self.shown_by(service.send(self.who.update({})))
            except Stopped:
                continue
            if self.before.items() <= now.items():
                return [
                    name for name, value in self.template.items() if now.get(name, value) != value
                ]
        return None


def track(
    service: Service, page: Page, model: Model, token: str, template_id: str
) -> TrackedTemplate:
    """Read a template, and add it to the model.

    Raises:
        Stopped: if the server does not return it.

    """
    response = service.send(Subject(token, template_id).update({}))
    template = object_of(response)
    if response.status_code != OK or not template:
        kind = Stopped if response.status_code in SETTINGS_ERRORS else Unreadable
        raise kind(f"template {template_id} could not be read: {page.summary(response, {})}")
    before = {name: template[name] for name in page.fields if name in template}
    original = {name: value for name, value in before.items() if model.can_send({name: value})}
    name, designs = original.get("name", ""), tuple(original.get("designIds", ()))
    absent = dict.fromkeys((*page.fields, *LEGACY, "createdAt", "updatedAt"))
    seen = Seen({**absent, **template, "id": template_id})
    model.templates[template_id] = {
        **seen.template,
        **dict.fromkeys(LEGACY),
        "organization": model.tenants[token].name,
        "known": designs,
    }
    # Without designs, rows that would send some are skipped.
    who = Subject(token, template_id, name, designs or ("x", "y"))
    return TrackedTemplate(who, template, before, original, seen)
