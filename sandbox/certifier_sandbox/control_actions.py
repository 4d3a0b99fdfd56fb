"""What the control API does; each action gets a valid request, and returns JSON or None."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from certifier_sandbox.api_error import ApiError
from certifier_sandbox.clock import timestamp
from certifier_sandbox.injection import Injection
from certifier_sandbox.organizations import ORGANISATIONS
from certifier_sandbox.rate_limit import Limit
from certifier_sandbox.seed import EXAMPLE
from certifier_sandbox.state import State
from certifier_sandbox.template import DESIGN_FIELDS, Template
from certifier_sandbox.ulid import new_ulid

Json = dict[str, Any]
Action = Callable[[State, Json], Json | None]

BODILESS = {204, 304}
# In the log and the state, where a body might be large.
UNSUMMARIZED = {"json", "text", "times"}
FRAMING = {"content-length", "transfer-encoding"}


def reset(state: State, _: Json) -> None:
    """Go back to how the sandbox started, on a new database."""
    state.reset()


def dump(state: State, _: Json) -> Json:
    """Return the whole state of the sandbox except its log, injected bodies and the tokens."""
    limit = state.rate_limit.limit
    return {
        "organizations": [{"name": o.name, "premium": o.premium} for o in ORGANISATIONS],
        "templates": [_whole(template) for template in state.store.all()],
        "rateLimit": asdict(limit) if limit else None,
        "injections": state.injections.summaries,
        "logVersion": state.log.version,
        **_clock(state),
    }


def seed(state: State, asked: Json) -> Json:
    """Create a template, or replace the one with its id, of whichever organization."""
    now = state.clock.now()
    created_at = _time(asked["createdAt"]) if "createdAt" in asked else now
    updated_at = _time(asked["updatedAt"]) if "updatedAt" in asked else created_at
    designs = _designs(asked)
    template = Template(
        id=asked.get("id") or new_ulid(now),
        organization=asked["organization"],
        name=asked.get("name", EXAMPLE.name),
        learning_event_url=asked.get("learningEventUrl", EXAMPLE.learning_event_url),
        design_ids=tuple(designs["designIds"]),
        certificate_design_id=designs["certificateDesignId"],
        badge_design_id=designs["badgeDesignId"],
        created_at=timestamp(created_at),
        updated_at=timestamp(updated_at),
    )
    state.store.put(template)
    return _whole(template)


def _designs(asked: Json) -> Json:
    """Return the three design fields; missing ones follow from those that are given."""
    if not DESIGN_FIELDS & asked.keys():
        return _whole(EXAMPLE)
    legacy_ids = [asked.get("certificateDesignId"), asked.get("badgeDesignId")]
    return {
        "certificateDesignId": legacy_ids[0],
        "badgeDesignId": legacy_ids[1],
        "designIds": asked.get(
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


def inject(state: State, asked: Json) -> Json:
    """Replace the next responses, delay them, or drop their connections."""
    injection = Injection(
        asked.get("delay", 0),
        _response(asked) if asked.keys() & {"status", "error"} else None,
        only_delay=not asked.keys() & {"status", "error", "drop"},
        summary={name: value for name, value in asked.items() if name not in UNSUMMARIZED},
    )
    state.injections.add(injection, asked.get("times", 1))
    return {"injections": len(state.injections.summaries)}


def clear_injections(state: State, _: Json) -> None:
    """Remove the injections that have not been used."""
    state.injections.clear()


def _response(asked: Json) -> Callable[[], Response]:
    headers = asked.get("headers", {})
    if framing := FRAMING & {name.lower() for name in headers}:
        raise ValueError(f"headers: only the server sets {framing.pop()}")
    if "error" in asked:
        return ApiError(asked["error"], "injected", headers=headers).response
    status = asked["status"]
    if status in BODILESS and {"json", "text"} & asked.keys():
        raise ValueError(f"status: {status} has no body")
    if "json" in asked:
        return partial(JSONResponse, asked["json"], status, headers)
    if "text" in asked:
        return partial(PlainTextResponse, asked["text"], status, headers)
    return partial(Response, None, status, headers)


def set_rate_limit(state: State, asked: Json) -> Json:
    """Limit the requests of each token."""
    limit = Limit(asked["requests"], asked.get("seconds", 1))
    state.rate_limit.set(limit)
    return {"rateLimit": asdict(limit)}


def unset_rate_limit(state: State, _: Json) -> None:
    """Lift the limit."""
    state.rate_limit.set(None)


def set_clock(state: State, asked: Json) -> Json:
    """Stop the clock at a time."""
    state.clock.set(_time(asked["now"]))
    return _clock(state)


def advance_clock(state: State, asked: Json) -> Json:
    """Stop the clock, a number of seconds later."""
    state.clock.advance(asked["seconds"])
    return _clock(state)


def reset_clock(state: State, _: Json) -> Json:
    """Return to real time."""
    state.clock.reset()
    return _clock(state)


def _clock(state: State) -> Json:
    return {"now": timestamp(state.clock.now())}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _whole(template: Template) -> Json:
    return {"organization": template.organization, **template.to_json(legacy=True)}
