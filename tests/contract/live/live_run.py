"""Send the rows to the other server one by one, and read the template after each."""

import re
from copy import deepcopy
from typing import Any

import httpx

from contract.live.other_server import NoResponse, Service
from contract.live.page import OK, Page, Seen, Template, object_of, sent_in
from contract.live.report import AGREES, DIFFERS, OBSERVED, Finding
from contract.live.rows import plan
from contract.live.settings import Settings, Stopped
from contract.live.tracked import TrackedTemplate, track
from contract.model import DESIGNS, Model, Request, Response, Tenant
from contract.request_table import Row

MAX_FAILURES = 3


class Run:
    """Checks the rows on one template, watches other templates, and restores what it changed."""

    def __init__(self, service: Service, page: Page, model: Model, settings: Settings) -> None:
        """Read the templates; raises Stopped if the server does not return the main one."""
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
        # Organizations that may change designs, by the settings or by an earlier response.
        self._with_designs = {name for name, premium in organizations.values() if premium}
        self._failures = 0
        self.legacy: list[int] = []  # the statuses of requests in the legacy shape
        self.main = track(service, page, model, settings.token, settings.template_id)
        self.others: list[TrackedTemplate] = []
        self.unreadable: list[str] = []
        others = {
            settings.other_template_id: settings.token,
            settings.second_template_id: settings.second_token,
        }
        for template_id, token in others.items():
            if template_id and token:
                try:
                    self.others.append(track(service, page, model, token, template_id))
                except Stopped as error:
                    self.unreadable.append(str(error))
        reread = self.main.shown_by(service.send(self.main.who.update({})))
        # Whether a request that changes nothing leaves updatedAt unchanged; the page does not say.
        self._stable_updated_at = reread.get("updatedAt") == self.main.template.get("updatedAt")

    def rows(self) -> list[Row]:
        """Return the rows to send: only those whose effects can be undone."""
        only = self.settings.only
        rows = [row for row in plan(self.main.who) if re.search(only, row[0])]
        return [row for row in rows if self._can_restore(row[1])]

    def omitted_fields(self) -> list[str]:
        """Return the fields that are never sent, since the page allows no way to restore them."""
        return sorted(set(self.page.fields) - self.main.original.keys())

    def restore(self) -> list[str] | None:
        """Restore the templates, and return what still differs; None if one was not restored."""
        differing = [tracked.restore(self.service) for tracked in self.changed()]
        if None in differing:
            return None
        return sorted({name for names in differing for name in names or ()})

    def changed(self) -> list[TrackedTemplate]:
        """Return the templates that may have been changed."""
        second = self.settings.second_token
        return [self.main, *(tracked for tracked in self.others if tracked.who.token == second)]

    def check(self, row: Row, watched: list[TrackedTemplate] | None = None) -> Finding:
        """Send a row, read the main or the watched templates, and judge all responses."""
        name, request = row
        watched = watched or [self.main]
        before = deepcopy(self.model.templates)
        target = next(
            (tracked for tracked in watched if tracked.who.id in request.target), self.main
        )
        expected = self.model.response(request)
        states: dict[str, Template | None] = {
            tracked.who.id: tracked.state(before[tracked.who.id]) for tracked in watched
        }
        try:
            response = self.service.send(request)
        except NoResponse as error:
            self.model.templates = before
            self._count_failure()
            self.read_back(target, None)
            observed = not expected.fact and request.method != "PATCH"
            return Finding(OBSERVED if observed else DIFFERS, name, str(error))
        first_expected = expected
        expected = self._expected_for_plan(request, expected, response, before)
        differences = self._differences(request, expected, response, target.seen)
        summary = self.page.summary(response, target.seen.template)
        if request.method == "PATCH" and response.status_code == OK:
            target.remember(response, request)
            states[target.who.id] = target.state()
        elif response.is_server_error:
            states[target.who.id] = None  # it may have been applied
        self.model.templates = before
        for tracked in watched:
            differences += self.read_back(
                tracked, states[tracked.who.id], rejected=response.is_client_error
            )
        if differences:
            fact = [self.page.quote(expected.fact)] if expected.fact else []
            return Finding(DIFFERS, name, "; ".join(dict.fromkeys([*differences, *fact])))
        if expected is not first_expected:
            return Finding(OBSERVED, name, "402: no designs in this plan")
        if expected.fact and self.page.is_shown(response):
            return Finding(AGREES, name)
        return Finding(OBSERVED, name, summary)

    def _differences(
        self, request: Request, expected: Response, response: httpx.Response, seen: Seen
    ) -> list[str]:
        page, updates = self.page, request.method == "PATCH"
        if response.status_code >= httpx.codes.BAD_REQUEST and not expected.fact:
            return [] if request.method == "HEAD" else page.open_error(response)
        if expected.status != OK and expected.fact:
            return page.rejection(expected, response, seen)
        if expected.fact:
            return page.update(request, expected, response, seen)
        if not updates or not response.is_success:
            return []
        # If a server accepts what the page does not mention, it stores it as sent; it may ignore a
        # body of another type.
        exact = expected.status == OK and request.values("content-type") == ["application/json"]
        if exact:
            return page.update(request, expected, response, seen)
        return page.consistent(request, response, seen)

    def _expected_for_plan(
        self, request: Request, expected: Response, response: httpx.Response, before: Any
    ) -> Response:
        """Return the expected response, as this one may reveal that the plan has no designs."""
        sent = sent_in(request).keys()
        token = request.values("authorization")[:1]
        tenant = self.model.tenants.get(token[0].removeprefix("Bearer ") if token else "")
        if not tenant or not sent & set(DESIGNS):
            return expected
        if not sent & {"designIds"} and expected.status == OK:
            self.legacy.append(response.status_code)
        if response.status_code == OK:
            self._with_designs.add(tenant.name)
        rejected = response.status_code == httpx.codes.PAYMENT_REQUIRED and expected.status == OK
        if not rejected or not tenant.premium or tenant.name in self._with_designs:
            return expected
        self.model.tenants = {
            token: Tenant(other.name, other.premium and other != tenant)
            for token, other in self.model.tenants.items()
        }
        self.model.templates = deepcopy(before)
        return self.model.response(request)

    def read_back(
        self, tracked: TrackedTemplate, state: Template | None, *, rejected: bool = False
    ) -> list[str]:
        """Read a template, and return how it differs from the expected state."""
        request, was = tracked.who.update({}), tracked.seen.template.get("updatedAt")
        try:
            response = self.service.send(request)
        except NoResponse as error:
            self._count_failure()
            return [f"the next read: {error}"]
        differences: list[str] = []
        if state is not None:
            expected = Response(int(OK), state)
            differences = self.page.update(request, expected, response, tracked.seen)
            now = object_of(response).get("updatedAt")
            if rejected and self._stable_updated_at and not differences and now != was:
                differences = [f"updatedAt is {now}, but was {was} before the rejected request"]
        tracked.remember(response)
        self.model.templates[tracked.who.id] |= tracked.seen.template
        return [f"the next read: {difference}" for difference in differences]

    def _count_failure(self) -> None:
        self._failures += 1
        if self._failures > MAX_FAILURES:
            raise Stopped(f"{self._failures} requests got no complete response") from None

    def _can_restore(self, request: Request) -> bool:
        """Whether everything that a request may change can be restored."""
        text = f"{request.target} {request.body!r}"
        patterns = {"designIds": "esign"}
        return not any(patterns.get(name, name) in text for name in self.omitted_fields())
