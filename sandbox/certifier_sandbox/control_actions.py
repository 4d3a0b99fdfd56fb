"""The actions of the control API. Each takes valid options, and returns JSON or None."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from certifier_sandbox.api_error import ApiError
from certifier_sandbox.clock import timestamp
from certifier_sandbox.injection import Injection
from certifier_sandbox.organizations import ORGANIZATIONS
from certifier_sandbox.rate_limit import Limit
from certifier_sandbox.seed import EXAMPLE
from certifier_sandbox.state import State
from certifier_sandbox.template import DESIGN_FIELDS, Template
from certifier_sandbox.ulid import new_ulid

Json = dict[str, Any]
Action = Callable[[State, Json], Json | None]

BODILESS = {204, 304}
# Bodies are left out of the log and the state, because they may be large.
UNSUMMARIZED = {"json", "text", "times"}
FRAMING = {"content-length", "transfer-encoding"}


def reset(state: State, _: Json) -> None:
    """Restore the initial state, with the templates of a new database."""
    state.reset()


def dump_state(state: State, _: Json) -> Json:
    """Return the whole state of the sandbox except its log, injected bodies and the tokens."""
    limit = state.rate_limit.limit
    return {
        "organizations": [{"name": o.name, "premium": o.premium} for o in ORGANIZATIONS],
        "templates": [_with_all_fields(template) for template in state.store.all()],
        "rateLimit": asdict(limit) if limit else None,
        "injections": state.injections.summaries,
        "logVersion": state.log.version,
        **_clock(state),
    }


def seed(state: State, options: Json) -> Json:
    """Create a template, or replace the one with its id, even if it is another organization's."""
    now = state.clock.now()
    created_at = _time(options["createdAt"]) if "createdAt" in options else now
    updated_at = _time(options["updatedAt"]) if "updatedAt" in options else created_at
    designs = _designs(options)
    template = Template(
        id=options.get("id") or new_ulid(now),
        organization=options["organization"],
        name=options.get("name", EXAMPLE.name),
        learning_event_url=options.get("learningEventUrl", EXAMPLE.learning_event_url),
        design_ids=tuple(designs["designIds"]),
        certificate_design_id=designs["certificateDesignId"],
        badge_design_id=designs["badgeDesignId"],
        created_at=timestamp(created_at),
        updated_at=timestamp(updated_at),
    )
    state.store.put(template)
    return _with_all_fields(template)


def _designs(options: Json) -> Json:
    """Return the three design fields; missing ones are derived from the given ones."""
    if not DESIGN_FIELDS & options.keys():
        return _with_all_fields(EXAMPLE)
    legacy_ids = [options.get("certificateDesignId"), options.get("badgeDesignId")]
    return {
        "certificateDesignId": legacy_ids[0],
        "badgeDesignId": legacy_ids[1],
        "designIds": options.get(
            "designIds", [design for design in legacy_ids if design is not None]
        ),
    }


def requests(state: State, _: Json) -> Json:
    """Return the request log."""
    # Not `asdict`, which copies each header of a thousand requests.
    return {"requests": [vars(entry) for entry in state.log.entries]}


def clear_requests(state: State, _: Json) -> None:
    """Empty the request log."""
    state.log.clear()


def inject(state: State, options: Json) -> Json:
    """Replace the next responses, delay them, or drop their connections."""
    injection = Injection(
        options.get("delay", 0),
        _response(options) if options.keys() & {"status", "error"} else None,
        only_delay=not options.keys() & {"status", "error", "drop"},
        summary={name: value for name, value in options.items() if name not in UNSUMMARIZED},
    )
    state.injections.add(injection, options.get("times", 1))
    return {"injections": len(state.injections.summaries)}


def clear_injections(state: State, _: Json) -> None:
    """Remove the injections that have not been used."""
    state.injections.clear()


def _response(options: Json) -> Callable[[], Response]:
    headers = options.get("headers", {})
    if framing := FRAMING & {name.lower() for name in headers}:
        raise ValueError(f"headers: only the server sets {framing.pop()}")
    if "error" in options:
        return ApiError(options["error"], "injected", headers=headers).response
    status = options["status"]
    if status in BODILESS and {"json", "text"} & options.keys():
        raise ValueError(f"status: {status} has no body")
    if "json" in options:
        return partial(JSONResponse, options["json"], status, headers)
    if "text" in options:
        return partial(PlainTextResponse, options["text"], status, headers)
    return partial(Response, None, status, headers)


def set_rate_limit(state: State, options: Json) -> Json:
    """Limit the requests of each token in a window of time."""
    limit = Limit(options["requests"], options.get("seconds", 1))
    state.rate_limit.set(limit)
    return {"rateLimit": asdict(limit)}


def remove_rate_limit(state: State, _: Json) -> None:
    """Remove the limit."""
    state.rate_limit.set(None)


def set_clock(state: State, options: Json) -> Json:
    """Stop the clock at a time."""
    state.clock.set(_time(options["now"]))
    return _clock(state)


def advance_clock(state: State, options: Json) -> Json:
    """Advance the clock some seconds, and stop it."""
    state.clock.advance(options["seconds"])
    return _clock(state)


def reset_clock(state: State, _: Json) -> Json:
    """Return to real time."""
    state.clock.reset()
    return _clock(state)


def _clock(state: State) -> Json:
    return {"now": timestamp(state.clock.now())}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _with_all_fields(template: Template) -> Json:
    return {"organization": template.organization, **template.to_json(legacy=True)}
