"""The templates on the other server: asked row by row, read after each, and at the end restored."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import httpx

from contract.live.page import OK, Page, Seen, Template, object_of, sent_in
from contract.live.report import AGREES, DIFFERS, OBSERVED, Finding
from contract.live.rows import plan
from contract.live.service import NoAnswer, Service
from contract.live.settings import Settings, Stopped
from contract.model import DESIGNS, LEGACY, Model, Request, Response, Tenant
from contract.request_table import Row, Subject

ATTEMPTS = 3
MOST_FAILURES = 3
# The most requests that look for the rate limit.
BURST = 200
# Statuses that say that settings are wrong, if the first read has one.
NOT_OURS = {401, 403, 404, 429}


class Unreadable(Stopped):
    """The first read shows no template, though nothing is wrong with what was asked."""


@dataclass
class Held:
    """A template that is asked for: as it was, and as it was seen last.

    Attributes:
        before: its fields that the page has.
        original: those that may be changed, since the page lets them be sent back: no null.

    """

    who: Subject
    template: Template
    before: Template
    original: Template
    seen: Seen = field(default_factory=lambda: Seen({}))


class Run:
    """The rows on one template, what others of it may show, and its way back."""

    def __init__(self, service: Service, page: Page, model: Model, settings: Settings) -> None:
        """Read the templates; raises Stopped if the server does not respond with them."""
        self._service = service
        self._page = page
        self._model = model
        self._settings = settings
        organizations = {
            settings.token: ("first", settings.premium[0]),
            settings.second_token: ("second", settings.premium[1]),
        }
        model.tenants = {
            token: Tenant(name, premium is not False)
            for token, (name, premium) in organizations.items()
            if token
        }
        # Organizations that may change designs, as the settings say or a response has shown.
        self._with_designs = {name for name, premium in organizations.values() if premium}
        self._failures = 0
        self._legacy: list[int] = []  # the statuses of requests in the legacy shape
        self.main = self._held(settings.token, settings.template_id)
        self._others: list[Held] = []
        self._unreadable: list[str] = []
        others = {
            settings.other_template_id: settings.token,
            settings.second_template_id: settings.second_token,
        }
        for template_id, token in others.items():
            if template_id and token:
                try:
                    self._others.append(self._held(token, template_id))
                except Stopped as error:
                    self._unreadable.append(str(error))
        again = self._template_of(self._service.send(self.main.who.update({})), self.main)
        # Whether a request that changes nothing leaves updatedAt as it was, which is open.
        self._still = again.get("updatedAt") == self.main.template.get("updatedAt")

    def rows(self) -> list[Row]:
        """Return what will be asked: nothing that could not be restored."""
        only = self._settings.only
        rows = [row for row in plan(self.main.who) if re.search(only, row[0])]
        return [row for row in rows if self._can_restore(row[1])]

    def never_sent(self) -> list[str]:
        """Return the fields that are never sent, since the page has no way back for them."""
        return sorted(set(self._page.fields) - self.main.original.keys())

    def findings(self, rows: list[Row]) -> Iterator[Finding]:
        """Ask row by row, and then what the settings allow besides."""
        for row in rows:
            yield self.check(row)
        yield from self._about_others()
        if self._settings.limit:
            yield from self._rate_limit()
        if self._unreadable:
            raise Stopped("; ".join(self._unreadable))

    def check(self, row: Row) -> Finding:
        """Ask, judge, read, and judge what the read shows."""
        return self._check(row, [self.main])

    def _about_others(self) -> Iterator[Finding]:
        """Try what other templates and organizations show, as far as they are known."""
        watched = [self.main, *self._others]
        mine, token = self.main.who, self._settings.second_token
        for held in self._others:
            yield self._check(
                (f"template {held.who.id} is as it was", held.who.update({})), watched
            )
        if token:
            theirs = Subject(token, mine.id)
            yield self._check(("another organization's token", theirs.request()), watched)
            yield self._check(("another organization's token, {}", theirs.update({})), watched)
        if second := self._settings.second_template_id:
            ours = Subject(mine.token, second)
            if second not in self._model.templates:
                # It exists, though this run cannot read it.
                self._model.templates[second] = {"organization": "second"}
            yield self._check(("another organization's template", ours.request()), watched)
            yield self._check(("another organization's template, {}", ours.update({})), watched)
        for held in self._others:
            if held.who.token == token:
                for body in self._changes_of(held):
                    row = (f"another organization's own: {', '.join(body)}", held.who.update(body))
                    yield self._check(row, watched)

    @staticmethod
    def _changes_of(held: Held) -> Iterator[dict[str, Any]]:
        if "name" in held.original:
            yield {"name": "Second"}
        if "designIds" in held.original:
            yield {"designIds": list(held.who.designs[::-1])}
            yield {"badgeDesignId": held.who.designs[-1]}
        if "name" in held.original:
            yield {"name": "Third"}

    def _rate_limit(self) -> Iterator[Finding]:
        """Exceed the limit, and see that the refused request changed nothing."""
        name, wait = "the rate limit", ""
        for number in range(BURST):
            request = self.main.who.update({"name": f"Contract check {number}"})
            response = self._service.send_once(request, at_once=True)
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                wait = response.headers.get("Retry-After", "missing")
                break
            self._remember(self.main, response)
        else:
            yield Finding(OBSERVED, name, f"none was met by {BURST} requests at once")
            return
        self._service.wait(response)
        differences = self._page.refusal(self._limited(), response, self.main.seen)
        detail = f"after {number} requests at once; Retry-After: {wait}"
        differences += self._read_back(self.main, self._state(self.main))
        yield Finding(DIFFERS if differences else OBSERVED, name, "; ".join([*differences, detail]))

    def summaries(self) -> Iterator[Finding]:
        """Judge what is seen only when all is over: the legacy shape, and each 429."""
        if self._legacy and OK not in self._legacy:
            statuses = ", ".join(map(str, sorted(set(self._legacy))))
            detail = f"always refused: {statuses}; {self._page.quote('legacy-accepted')}"
            yield Finding(DIFFERS, "the legacy shape", detail)
        for response in self._service.limited:
            differences = self._page.refusal(self._limited(), response, self.main.seen)
            wait = response.headers.get("Retry-After", "missing")
            detail = f"at {self._service.rate:g} requests a second; Retry-After: {wait}"
            verdict = DIFFERS if differences else OBSERVED
            yield Finding(verdict, "429", "; ".join([*differences, detail]))

    def restore(self) -> list[str] | None:
        """Restore the templates, trying again if that fails.

        Returns:
            What a read then shows that is not as it was, such as updatedAt; None if no read shows
            the fields that the page has as they were.

        """
        moved = [self._restore(held) for held in self.changed()]
        return None if None in moved else sorted({name for names in moved for name in names or ()})

    def changed(self) -> list[Held]:
        """Return the templates that may have been changed."""
        second = self._settings.second_token
        return [self.main, *(held for held in self._others if held.who.token == second)]

    def _restore(self, held: Held) -> list[str] | None:
        for _ in range(ATTEMPTS):
            self._service.begin_again()
            try:
                if lost := self._lost(held, self._read(held)):
                    self._service.send(held.who.update(lost))
                now = self._read(held)
            except Stopped:
                continue
            if held.before.items() <= now.items():
                return [
                    name for name, value in held.template.items() if now.get(name, value) != value
                ]
        return None

    def _check(self, row: Row, watched: list[Held]) -> Finding:
        name, request = row
        before = deepcopy(self._model.templates)
        target = next((held for held in watched if held.who.id in request.target), self.main)
        expected = self._model.response(request)
        states: dict[str, Template | None] = {
            held.who.id: self._state(held, before) for held in watched
        }
        try:
            response = self._service.send(request)
        except NoAnswer as error:
            self._model.templates = before
            self._failures += 1
            if self._failures > MOST_FAILURES:
                raise Stopped(f"{MOST_FAILURES + 1} requests got no whole response") from None
            self._read_back(target, None)
            observed = not expected.fact and request.method != "PATCH"
            return Finding(OBSERVED if observed else DIFFERS, name, str(error))
        was_expected = expected
        expected = self._without_designs(request, expected, response, before)
        differences = self._differences(request, expected, response, target.seen)
        summary = self._page.summary(response, target.seen.template)
        if request.method == "PATCH" and response.status_code == OK:
            states[target.who.id] = self._remember(target, response, request)
        elif response.is_server_error:
            states[target.who.id] = None  # it may have been applied
        self._model.templates = before
        for held in watched:
            differences += self._read_back(
                held, states[held.who.id], refused=response.is_client_error
            )
        if differences:
            fact = [self._page.quote(expected.fact)] if expected.fact else []
            return Finding(DIFFERS, name, "; ".join(dict.fromkeys([*differences, *fact])))
        if expected is not was_expected:
            return Finding(OBSERVED, name, "402: no designs in this plan")
        if expected.fact:
            return Finding(AGREES, name)
        return Finding(OBSERVED, name, summary)

    def _differences(
        self, request: Request, expected: Response, response: httpx.Response, seen: Seen
    ) -> list[str]:
        page, updates = self._page, request.method == "PATCH"
        if response.status_code >= httpx.codes.BAD_REQUEST and not expected.fact:
            return [] if request.method == "HEAD" else page.open_error(response)
        if expected.status != OK and expected.fact:
            return page.refusal(expected, response, seen)
        if expected.fact:
            return page.update(request, expected, response, seen)
        if not updates or not response.is_success:
            return []
        # What the page says nothing of is set as it was sent, if it is accepted; a body of another
        # type may be ignored.
        exact = expected.status == OK and request.values("content-type") == ["application/json"]
        if exact:
            return page.update(request, expected, response, seen)
        return page.consistent(request, response, seen)

    def _without_designs(
        self, request: Request, expected: Response, response: httpx.Response, before: Any
    ) -> Response:
        """Return what is expected now that a plan is known to refuse designs, or not to."""
        sent = sent_in(request).keys()
        token = request.values("authorization")[:1]
        tenant = self._model.tenants.get(token[0].removeprefix("Bearer ") if token else "")
        if not tenant or not sent & set(DESIGNS):
            return expected
        if not sent & {"designIds"} and expected.status == OK:
            self._legacy.append(response.status_code)
        if response.status_code == OK:
            self._with_designs.add(tenant.name)
        refused = response.status_code == httpx.codes.PAYMENT_REQUIRED and expected.status == OK
        if not refused or not tenant.premium or tenant.name in self._with_designs:
            return expected
        self._model.tenants = {
            token: Tenant(other.name, other.premium and other != tenant)
            for token, other in self._model.tenants.items()
        }
        self._model.templates = deepcopy(before)
        return self._model.response(request)

    def _read_back(self, held: Held, state: Template | None, *, refused: bool = False) -> list[str]:
        """Read a template, and return what is not as expected, if anything is."""
        request, was = held.who.update({}), held.seen.template.get("updatedAt")
        try:
            response = self._service.send(request)
        except NoAnswer as error:
            return [f"a read then: {error}"]
        differences: list[str] = []
        if state is not None:
            expected = Response(int(OK), state)
            differences = self._page.update(request, expected, response, held.seen)
            now = object_of(response).get("updatedAt")
            if refused and self._still and not differences and now != was:
                differences = [f"updatedAt is {now}, and was {was} before the refusal"]
        self._remember(held, response)
        return [f"a read then: {difference}" for difference in differences]

    def _remember(
        self, held: Held, response: httpx.Response, request: Request | None = None
    ) -> Template:
        """Note what a response shows of a template, and return its state."""
        template = self._template_of(response, held)
        sent = sent_in(request) if request else {}
        if sent.keys() & set(LEGACY):
            held.seen.legacy = {name: template[name] for name in LEGACY if name in template}
        elif "designIds" in sent:
            held.seen.legacy = {}
        held.seen.template |= {
            name: template[name] for name in (*self._page.fields, "updatedAt") if name in template
        }
        if request is None and held.who.id in self._model.templates:
            self._model.templates[held.who.id] |= held.seen.template
        return self._state(held)

    def _state(self, held: Held, templates: Mapping[str, Any] | None = None) -> Template:
        template = templates[held.who.id] if templates else held.seen.template
        return {
            "id": held.who.id,
            **{name: template.get(name) for name in (*self._page.fields, "createdAt")},
        }

    def _held(self, token: str, template_id: str) -> Held:
        response = self._service.send(Subject(token, template_id).update({}))
        template = object_of(response)
        if response.status_code != OK or not template:
            kind = Stopped if response.status_code in NOT_OURS else Unreadable
            told = self._page.summary(response, {})
            raise kind(f"template {template_id} could not be read: {told}")
        before = {name: template[name] for name in self._page.fields if name in template}
        original = {k: v for k, v in before.items() if self._model.can_send({k: v})}
        name, designs = original.get("name", ""), tuple(original.get("designIds", ()))
        # Without designs, rows that send some are left out.
        who = Subject(token, template_id, name, designs or ("x", "y"))
        held = Held(who, template, before, original)
        nothing = dict.fromkeys((*self._page.fields, *LEGACY, "createdAt", "updatedAt"))
        held.seen.template = {**nothing, **template, "id": template_id}
        self._model.templates[template_id] = {
            **held.seen.template,
            **dict.fromkeys(LEGACY),
            "organization": self._model.tenants[token].name,
            "known": designs,
        }
        return held

    def _can_restore(self, request: Request) -> bool:
        """Whether all that a request could change could be restored."""
        text = f"{request.target} {request.body!r}"
        marks = {"designIds": "esign"}
        return not any(marks.get(name, name) in text for name in self.never_sent())

    def _limited(self) -> Response:
        return self._model.error("rate_limited")

    def _lost(self, held: Held, template: Template) -> dict[str, Any]:
        return {k: v for k, v in held.original.items() if k not in template or template[k] != v}

    def _read(self, held: Held) -> Template:
        return self._template_of(self._service.send(held.who.update({})), held)

    def _template_of(self, response: httpx.Response, held: Held) -> Template:
        """Return the template of a response; nothing if it is another's."""
        template = object_of(response)
        if response.status_code != OK or template.get("id") != held.who.id:
            return {}
        return template
