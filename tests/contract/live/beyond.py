"""What is tried beyond the rows on one template: other templates and organizations, the limit."""

from collections.abc import Iterator
from typing import Any

import httpx

from contract.live.held import Held
from contract.live.report import DIFFERS, OBSERVED, Finding
from contract.live.run import Run
from contract.request_table import Row, Subject

# The most requests that look for the rate limit.
BURST = 200


def about_others(run: Run) -> Iterator[Finding]:
    """Try what other templates and organizations show, as far as they are known."""
    mine, second, token = run.main.who, run.settings.second_template_id, run.settings.second_token
    rows: list[Row] = [
        (f"template {held.who.id} is as it was", held.who.update({})) for held in run.others
    ]
    if token:
        theirs = Subject(token, mine.id)
        rows.append(("another organization's token", theirs.request()))
        rows.append(("another organization's token, {}", theirs.update({})))
    if second:
        ours = Subject(mine.token, second)
        # It exists, even if this run cannot read it.
        run.model.templates.setdefault(second, {"organization": "second"})
        rows.append(("another organization's template", ours.request()))
        rows.append(("another organization's template, {}", ours.update({})))
    for held in run.changed()[1:]:
        for body in _changes_of(held):
            row = (f"another organization's own: {', '.join(body)}", held.who.update(body))
            rows.append(row)
    for row in rows:
        yield run.check(row, [run.main, *run.others])


def _changes_of(held: Held) -> Iterator[dict[str, Any]]:
    if "name" in held.original:
        yield {"name": "Second"}
    if "designIds" in held.original:
        yield {"designIds": list(held.who.designs[::-1])}
        yield {"badgeDesignId": held.who.designs[-1]}
    if "name" in held.original:
        yield {"name": "Third"}


def rate_limit(run: Run) -> Finding:
    """Exceed the limit, and see that the rejected request changed nothing."""
    name, held = "the rate limit", run.main
    for number in range(BURST):
        request = held.who.update({"name": f"Contract check {number}"})
        response = run.service.send_once(request, at_once=True)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            break
        held.remember(response)
    else:
        return Finding(OBSERVED, name, f"none was met by {BURST} requests at once")
    run.service.wait(response)
    differences = run.page.refusal(run.model.error("rate_limited"), response, held.seen)
    differences += run.read_back(held, held.state())
    wait = response.headers.get("Retry-After", "missing")
    detail = f"after {number} requests at once; Retry-After: {wait}"
    return Finding(DIFFERS if differences else OBSERVED, name, "; ".join([*differences, detail]))


def summaries(run: Run) -> Iterator[Finding]:
    """Judge what is seen only when all is over: the legacy shape, and each 429."""
    if run.legacy and httpx.codes.OK not in run.legacy:
        statuses = ", ".join(map(str, sorted(set(run.legacy))))
        detail = f"always refused: {statuses}; {run.page.quote('legacy-accepted')}"
        yield Finding(DIFFERS, "the legacy shape", detail)
    for response in run.service.limited:
        differences = run.page.refusal(run.model.error("rate_limited"), response, run.main.seen)
        wait = response.headers.get("Retry-After", "missing")
        detail = f"at {run.service.rate:g} requests a second; Retry-After: {wait}"
        verdict = DIFFERS if differences else OBSERVED
        yield Finding(verdict, "429", "; ".join([*differences, detail]))
