"""One template on the other server: probed, and put back as it was after each probe."""

from collections.abc import Iterator
from typing import Any

import httpx

from contract.live.page import Page, Template, object_of
from contract.live.report import AGREES, DIFFERS, OBSERVED, Finding
from contract.live.service import UPDATED, NoAnswer, Probe, Service
from contract.live.settings import Stopped

ATTEMPTS = 3


class Run:
    """The probes on one template, and its way back.

    Attributes:
        template: as it was.
        before: its fields that the page has.
        original: those that may be changed, since the page lets them be sent back: no null.

    """

    def __init__(self, service: Service, page: Page) -> None:
        """Read the template; raises Stopped if the server does not answer with it."""
        self._service = service
        self._page = page
        response = service.send(Probe("as it is", UPDATED))
        self.template = object_of(response)
        if response.status_code != httpx.codes.OK or not self.template:
            raise Stopped(f"the template could not be read: {page.told(response, {})}")
        self.before = {k: v for k, v in self.template.items() if k in page.fields}
        self.original = {k: v for k, v in self.before.items() if page.can_send({k: v})}
        # As it was, but for the updatedAt that was seen last.
        self._now = {**self.template, "id": service.template_id}
        self._designs_refused = False

    def check(self, probe: Probe) -> Iterator[Finding]:
        """Ask, judge, put back; nothing if the organization's plan is known to refuse designs."""
        if self._designs_refused and "designIds" in probe.fields:
            return
        try:
            response = self._service.send(probe)
        except NoAnswer as error:
            yield Finding(DIFFERS, probe.name, str(error))
            self._settle({})
            return
        yield self._judge(probe, response)
        # What is refused changes nothing; a probe of the plan checks that for all of them.
        if not response.is_client_error:
            self._settle(self._template_of(response))

    def limits(self) -> Iterator[Finding]:
        """Judge the answers of 429, which came though the rate was kept."""
        for response in self._service.limited:
            differences = self._page.differences("rate_limited", response, self._now)
            wait = response.headers.get("Retry-After", "missing")
            told = f"at {self._service.rate:g} requests a second; Retry-After: {wait}"
            verdict = DIFFERS if differences else OBSERVED
            yield Finding(verdict, "429", "; ".join([*differences, told]))

    def restore(self) -> list[str] | None:
        """Put the template back, trying again if that fails.

        Returns:
            What a read then shows that is not as it was, such as updatedAt; None if no read shows
            the fields that the page has as they were.

        """
        for _ in range(ATTEMPTS):
            self._service.begin_again()
            try:
                self._put_back(self._read())
                now = self._read()
            except Stopped:
                continue
            if self.before.items() <= now.items():
                return [k for k, v in self.template.items() if now.get(k, v) != v]
        return None

    def _judge(self, probe: Probe, response: httpx.Response) -> Finding:
        if probe.expects is None:
            return Finding(OBSERVED, probe.name, self._page.told(response, self._now))
        refused = (
            response.status_code == httpx.codes.PAYMENT_REQUIRED and "designIds" in probe.fields
        )
        self._designs_refused |= refused
        expects = "payment_required" if refused else probe.expects
        after = {**self._now, **probe.fields}
        if differences := self._page.differences(expects, response, after):
            return Finding(DIFFERS, probe.name, "; ".join(differences))
        if refused:
            return Finding(OBSERVED, probe.name, "402: no designs in this plan, none tried further")
        return Finding(AGREES, probe.name)

    def _settle(self, template: Template) -> None:
        """Put the template back after an answer that shows it, or that leaves it unknown."""
        seen = template or self._read()
        # An answer may lie: a read decides.
        if not self._put_back(seen) and self._lost(self._read()):
            raise Stopped("the template could not be put back after this")

    def _put_back(self, template: Template) -> bool:
        """Send what is lost, and return whether the answer shows the template as it was."""
        lost = self._lost(template)
        return not lost or not self._lost(self._update(lost))

    def _lost(self, template: Template) -> dict[str, Any]:
        return {k: v for k, v in self.original.items() if k not in template or template[k] != v}

    def _read(self) -> Template:
        return self._update({})

    def _update(self, fields: Template) -> Template:
        return self._template_of(self._service.send(Probe("", UPDATED, fields)))

    def _template_of(self, response: httpx.Response) -> Template:
        """Return the template of an answer, and note its updatedAt; nothing if it is another's."""
        template = object_of(response)
        if response.status_code != httpx.codes.OK or template.get("id") != self._now["id"]:
            return {}
        self._now["updatedAt"] = template.get("updatedAt")
        return template
