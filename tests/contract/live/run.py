"""The rows on the other server: asked one by one, with a read of the template after each."""

import re
from copy import deepcopy
from typing import Any

import httpx

from contract.live.held import Held, hold
from contract.live.page import OK, Page, Seen, Template, object_of, sent_in
from contract.live.report import AGREES, DIFFERS, OBSERVED, Finding
from contract.live.rows import plan
from contract.live.service import NoAnswer, Service
from contract.live.settings import Settings, Stopped
from contract.model import DESIGNS, Model, Request, Response, Tenant
from contract.request_table import Row

MOST_FAILURES = 3


class Run:
    """The rows on one template, what others of it may show, and its way back."""

    def __init__(self, service: Service, page: Page, model: Model, settings: Settings) -> None:
        """Read the templates; raises Stopped if the server does not respond with them."""
        self.service = service
        self.page = page
        self.model = model
        self.settings = settings
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
        self.legacy: list[int] = []  # the statuses of requests in the legacy shape
        self.main = hold(service, page, model, settings.token, settings.template_id)
        self.others: list[Held] = []
        self.unreadable: list[str] = []
        others = {
            settings.other_template_id: settings.token,
            settings.second_template_id: settings.second_token,
        }
        for template_id, token in others.items():
            if template_id and token:
                try:
                    self.others.append(hold(service, page, model, token, template_id))
                except Stopped as error:
                    self.unreadable.append(str(error))
        again = self.main.shown_by(service.send(self.main.who.update({})))
        # Whether a request that changes nothing leaves updatedAt as it was, which is open.
        self._still = again.get("updatedAt") == self.main.template.get("updatedAt")

    def rows(self) -> list[Row]:
        """Return what will be asked: nothing that could not be restored."""
        only = self.settings.only
        rows = [row for row in plan(self.main.who) if re.search(only, row[0])]
        return [row for row in rows if self._can_restore(row[1])]

    def never_sent(self) -> list[str]:
        """Return the fields that are never sent, since the page has no way back for them."""
        return sorted(set(self.page.fields) - self.main.original.keys())

    def restore(self) -> list[str] | None:
        """Restore the templates, and return what has moved; None if one could not be restored."""
        moved = [held.restore(self.service) for held in self.changed()]
        return None if None in moved else sorted({name for names in moved for name in names or ()})

    def changed(self) -> list[Held]:
        """Return the templates that may have been changed."""
        second = self.settings.second_token
        return [self.main, *(held for held in self.others if held.who.token == second)]

    def check(self, row: Row, watched: list[Held] | None = None) -> Finding:
        """Ask, judge, read the main template or the watched ones, and judge what they show."""
        name, request = row
        watched = watched or [self.main]
        before = deepcopy(self.model.templates)
        target = next((held for held in watched if held.who.id in request.target), self.main)
        expected = self.model.response(request)
        states: dict[str, Template | None] = {
            held.who.id: held.state(before[held.who.id]) for held in watched
        }
        try:
            response = self.service.send(request)
        except NoAnswer as error:
            self.model.templates = before
            self._count_failure()
            self.read_back(target, None)
            observed = not expected.fact and request.method != "PATCH"
            return Finding(OBSERVED if observed else DIFFERS, name, str(error))
        was_expected = expected
        expected = self._without_designs(request, expected, response, before)
        differences = self._differences(request, expected, response, target.seen)
        summary = self.page.summary(response, target.seen.template)
        if request.method == "PATCH" and response.status_code == OK:
            target.remember(response, request)
            states[target.who.id] = target.state()
        elif response.is_server_error:
            states[target.who.id] = None  # it may have been applied
        self.model.templates = before
        for held in watched:
            differences += self.read_back(
                held, states[held.who.id], refused=response.is_client_error
            )
        if differences:
            fact = [self.page.quote(expected.fact)] if expected.fact else []
            return Finding(DIFFERS, name, "; ".join(dict.fromkeys([*differences, *fact])))
        if expected is not was_expected:
            return Finding(OBSERVED, name, "402: no designs in this plan")
        if expected.fact:
            return Finding(AGREES, name)
        return Finding(OBSERVED, name, summary)

    def _differences(
        self, request: Request, expected: Response, response: httpx.Response, seen: Seen
    ) -> list[str]:
        page, updates = self.page, request.method == "PATCH"
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
        tenant = self.model.tenants.get(token[0].removeprefix("Bearer ") if token else "")
        if not tenant or not sent & set(DESIGNS):
            return expected
        if not sent & {"designIds"} and expected.status == OK:
            self.legacy.append(response.status_code)
        if response.status_code == OK:
            self._with_designs.add(tenant.name)
        refused = response.status_code == httpx.codes.PAYMENT_REQUIRED and expected.status == OK
        if not refused or not tenant.premium or tenant.name in self._with_designs:
            return expected
        self.model.tenants = {
            token: Tenant(other.name, other.premium and other != tenant)
            for token, other in self.model.tenants.items()
        }
        self.model.templates = deepcopy(before)
        return self.model.response(request)

    def read_back(self, held: Held, state: Template | None, *, refused: bool = False) -> list[str]:
        """Read a template, and return what is not as expected, if anything is."""
        request, was = held.who.update({}), held.seen.template.get("updatedAt")
        try:
            response = self.service.send(request)
        except NoAnswer as error:
            self._count_failure()
            return [f"a read then: {error}"]
        differences: list[str] = []
        if state is not None:
            expected = Response(int(OK), state)
            differences = self.page.update(request, expected, response, held.seen)
            now = object_of(response).get("updatedAt")
            if refused and self._still and not differences and now != was:
                differences = [f"updatedAt is {now}, and was {was} before the refusal"]
        held.remember(response)
        self.model.templates[held.who.id] |= held.seen.template
        return [f"a read then: {difference}" for difference in differences]

    def _count_failure(self) -> None:
        self._failures += 1
        if self._failures > MOST_FAILURES:
            raise Stopped(f"{self._failures} requests got no whole response") from None

    def _can_restore(self, request: Request) -> bool:
        """Whether all that a request could change could be restored."""
        text = f"{request.target} {request.body!r}"
        marks = {"designIds": "esign"}
        return not any(marks.get(name, name) in text for name in self.never_sent())
