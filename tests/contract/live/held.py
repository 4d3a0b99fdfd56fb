"""A template on the other server: as it was, as it was seen last, and its way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from contract.live.page import OK, Page, Seen, Template, object_of, sent_in
from contract.live.service import Service
from contract.live.settings import Stopped
from contract.model import LEGACY, Model, Request
from contract.request_table import Subject

ATTEMPTS = 3
# Statuses that say that settings are wrong, if the first read has one.
NOT_OURS = {401, 403, 404, 429}


class Unreadable(Stopped):
    """The first read shows no template, though nothing is wrong with what was asked."""


@dataclass
class Held:
    """A template that is asked for.

    Attributes:
        template: as it was.
        before: its fields that the page has.
        original: those that may be changed, since the page lets them be sent back: no null.

    """

    who: Subject
    template: Template
    before: Template
    original: Template
    seen: Seen

    def shown_by(self, response: httpx.Response) -> Template:
        """Return the template of a response; nothing if it is another's."""
        template = object_of(response)
        if response.status_code != OK or template.get("id") != self.who.id:
            return {}
        return template

    def remember(self, response: httpx.Response, request: Request | None = None) -> None:
        """Note what a response to a request, or to a read, shows."""
        template = self.shown_by(response)
        sent = sent_in(request) if request else {}
        if sent.keys() & set(LEGACY):
            self.seen.legacy = {name: template[name] for name in LEGACY if name in template}
        elif "designIds" in sent:
            self.seen.legacy = {}
        names = (*self.before, "updatedAt")
        self.seen.template |= {name: template[name] for name in names if name in template}

    def state(self, template: Mapping[str, Any] | None = None) -> Template:
        """Return what a read should show, of the template as it was seen last or of another."""
        shown = template or self.seen.template
        names = (*self.before, "createdAt")
        return {"id": self.who.id, **{name: shown.get(name) for name in names}}

    def restore(self, service: Service) -> list[str] | None:
        """Restore it, trying again if that fails.

        Returns:
            What a read then shows that is not as it was, such as updatedAt; None if no read shows
            the fields that the page has as they were.

        """
        for _ in range(ATTEMPTS):
            service.begin_again()
            try:
                now = self.shown_by(service.send(self.who.update({})))
                if lost := {k: v for k, v in self.original.items() if now.get(k, ...) != v}:
                    service.send(self.who.update(lost))
                now = self.shown_by(service.send(self.who.update({})))
            except Stopped:
                continue
            if self.before.items() <= now.items():
                return [
                    name for name, value in self.template.items() if now.get(name, value) != value
                ]
        return None


def hold(service: Service, page: Page, model: Model, token: str, template_id: str) -> Held:
    """Read a template, and let the model know it.

    Raises:
        Stopped: the server does not respond with it.

    """
    response = service.send(Subject(token, template_id).update({}))
    template = object_of(response)
    if response.status_code != OK or not template:
        kind = Stopped if response.status_code in NOT_OURS else Unreadable
        raise kind(f"template {template_id} could not be read: {page.summary(response, {})}")
    before = {name: template[name] for name in page.fields if name in template}
    original = {name: value for name, value in before.items() if model.can_send({name: value})}
    name, designs = original.get("name", ""), tuple(original.get("designIds", ()))
    nothing = dict.fromkeys((*page.fields, *LEGACY, "createdAt", "updatedAt"))
    seen = Seen({**nothing, **template, "id": template_id})
    model.templates[template_id] = {
        **seen.template,
        **dict.fromkeys(LEGACY),
        "organization": model.tenants[token].name,
        "known": designs,
    }
    # Without designs, rows that send some are left out.
    who = Subject(token, template_id, name, designs or ("x", "y"))
    return Held(who, template, before, original, seen)
