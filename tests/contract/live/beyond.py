"""Checks beyond the rows on one template: other templates and organizations, the rate limit."""

from collections.abc import Iterator
from typing import Any

import httpx

from contract.live.live_run import Run
from contract.live.report import DIFFERS, OBSERVED, Finding
from contract.live.tracked import TrackedTemplate
from contract.request_table import Row, Subject

# How many requests are sent at most to find the rate limit.
MAX_BURST = 200


def check_others(run: Run) -> Iterator[Finding]:
    """Check other templates and organizations, as far as the settings name them."""
    mine, second, token = run.main.who, run.settings.second_template_id, run.settings.second_token
    rows: list[Row] = [
        (f"template {tracked.who.id} is unchanged", tracked.who.update({}))
        for tracked in run.others
    ]
    if token:
        theirs = Subject(token, mine.id)
        rows.append(("another organization's token", theirs.request()))
        rows.append(("another organization's token, {}", theirs.update({})))
    if second:
        ours = Subject(mine.token, second)
        # It exists, even if this run has no token to read it.
        run.model.templates.setdefault(second, {"organization": "second"})
        rows.append(("another organization's template", ours.request()))
        rows.append(("another organization's template, {}", ours.update({})))
    for tracked in run.changed()[1:]:
        for body in _changes_to(tracked):
            row = (f"another organization's own: {', '.join(body)}", tracked.who.update(body))
            rows.append(row)
    for row in rows:
        yield run.check(row, [run.main, *run.others])


def _changes_to(tracked: TrackedTemplate) -> Iterator[dict[str, Any]]:
    if "name" in tracked.original:
        yield {"name": "Second"}
    if "designIds" in tracked.original:
        yield {"designIds": list(tracked.who.designs[::-1])}
        yield {"badgeDesignId": tracked.who.designs[-1]}
    if "name" in tracked.original:
        yield {"name": "Third"}


def check_rate_limit(run: Run) -> Finding:
    """Exceed the rate limit, and check that the rejected request changed nothing."""
    name, tracked = "the rate limit", run.main
    for number in range(MAX_BURST):
        request = tracked.who.update({"name": f"Contract check {number}"})
        response = run.service.send_once(request, ignore_rate=True)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            break
        tracked.remember(response)
    else:
        return Finding(OBSERVED, name, f"not reached by {MAX_BURST} requests at once")
    run.service.wait(response)
    differences = run.page.rejection(run.model.error("rate_limited"), response, tracked.seen)
    differences += run.read_back(tracked, tracked.state())
    wait = response.headers.get("Retry-After", "missing")
    detail = f"after {number} requests at once; Retry-After: {wait}"
    return Finding(DIFFERS if differences else OBSERVED, name, "; ".join([*differences, detail]))


def summaries(run: Run) -> Iterator[Finding]:
    """Judge what shows only at the end: the legacy shape, and each 429."""
    if run.legacy and httpx.codes.OK not in run.legacy:
        statuses = ", ".join(map(str, sorted(set(run.legacy))))
        detail = f"always rejected: {statuses}; {run.page.quote('legacy-accepted')}"
        yield Finding(DIFFERS, "the legacy shape", detail)
    for response in run.service.limited:
        differences = run.page.rejection(run.model.error("rate_limited"), response, run.main.seen)
        wait = response.headers.get("Retry-After", "missing")
        detail = f"at {run.service.rate:g} requests a second; Retry-After: {wait}"
        verdict = DIFFERS if differences else OBSERVED
        yield Finding(verdict, "429", "; ".join([*differences, detail]))
