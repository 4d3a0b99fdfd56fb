"""Mistakes in what a change leaves behind."""

from datetime import timedelta
from typing import Any

from contract.independent.named_fault import fault, remembering
from contract.independent.service import (
    Fields,
    Rejected,
    Request,
    Service,
    page_example,
)


def dated(write: Any) -> Any:
    """Return a step that writes times in another way."""
    return lambda self, time: write(time)


def clearing(name: str, value: Any) -> Any:
    """Return a step that clears a field that is not sent, in a request that changes others."""

    def changes(self: Service, template: Fields, fields: Fields) -> Fields:
        changed = Service.changes(self, template, fields)
        return {name: value} | changed if changed else changed

    return changes


def stale(self: Service, template: Fields, fields: Fields) -> Fields:
    """Show the template as it was."""
    before = dict(template)
    Service.change(self, template, fields)
    self.memory["before"] = before
    return before


def shown_before(self: Service, template: Fields, fields: Fields) -> Fields:
    """Show the template as it was before this request."""
    return Service.shown(self, self.memory["before"], fields)


def lagging(self: Service, template: Fields, fields: Fields) -> Fields:
    """Show a request without fields what was so before the last change."""
    return Service.shown(self, template if fields else self.memory.get("before", template), fields)


def lagging_change(self: Service, template: Fields, fields: Fields) -> None:
    """Remember what was so before a change."""
    if fields:
        self.memory["before"] = dict(template)
    Service.change(self, template, fields)


def echoed(self: Service, template: Fields, fields: Fields) -> Fields:
    """Show what was sent, over the template."""
    shown = Service.shown(self, template, fields)
    return shown | {name: value for name, value in fields.items() if name in self.checks()}


def cached(self: Service, template: Fields, fields: Fields) -> Fields:
    """Show a request the same as the first time."""
    shown = Service.shown(self, template, fields)
    return self.memory.setdefault(str(fields), shown) if fields else shown


def done_once(self: Service, template: Fields, fields: Fields) -> None:
    """Skip a change that was once made."""
    if str(fields) not in self.memory:
        Service.change(self, template, fields)


def read_once(self: Service, template: Fields, fields: Fields) -> Fields:
    """Show a request without fields from a cache that changes do not empty."""
    shown = Service.shown(self, template, fields)
    return shown if fields else self.memory.setdefault(template["id"], shown)


def from_the_start(self: Service, template: Fields, fields: Fields) -> None:
    """Apply a change to the template as it was first."""
    changed = self.changes(template, fields)
    if changed:
        template.update(page_example(template["id"]) | changed | self.times())


def some(choose: Any) -> Any:
    """Return a step that sets only some of the fields that were sent."""
    return lambda self, template, fields: Service.changes(
        self, template, {name: fields[name] for name in choose(fields)}
    )


def alternately(self: Service, template: Fields, fields: Fields) -> Fields:
    """Lose each second change."""
    self.memory["changes"] = self.memory.get("changes", 0) + bool(fields)
    lost = fields and self.memory["changes"] % 2 == 0
    return {} if lost else Service.changes(self, template, fields)


def everywhere(self: Service, template: Fields, fields: Fields) -> None:
    """Change all templates, as with a condition forgotten."""
    for each in self.templates.values():
        Service.change(self, each, fields)


def half(self: Service, fields: Fields) -> None:
    """Apply what is valid in a request that is rejected."""
    try:
        Service.validate(self, fields)
    except Rejected:
        request: Request = self.memory["request"]
        template = self.templates.get(request.path.rpartition("/")[2], {})
        checks = self.checks()
        valid = {
            name: fields[name] for name in fields if name in checks and checks[name](fields[name])
        }
        valid.pop("designIds", None)
        template.update(self.changes(template, valid))
        raise


def restored(self: Service, template: Fields, fields: Fields) -> None:
    """Undo the change before with each new one."""
    before = self.memory.get(template["id"], dict(template))
    if fields:
        self.memory[template["id"]] = dict(template)
        undone = {name: before[name] for name in ("name", "learningEventUrl", "designIds")}
        template.update(undone)
    Service.change(self, template, fields)


def set_from(*names: str) -> Any:
    """Return a step that also sets fields that only the service sets."""
    return lambda self, template, fields: (
        Service.changes(self, template, fields)
        | {name: fields[name] for name in names if name in fields}
    )


FAULTS = [
    fault(
        "changes-not-stored",
        "Changes are shown, and not stored.",
        change=lambda self, template, fields: None,
        shown=echoed,
    ),
    fault(
        "request-shown-over-the-template",
        "The response shows what was sent, but a name is stored without white space around it.",
        new_name=lambda self, name: name.strip(),
        shown=echoed,
    ),
    fault(
        "shown-before-the-change",
        "The response is the template before.",
        change=stale,
        shown=shown_before,
    ),
    fault(
        "reading-lags-behind",
        "An empty request is shown the template before the last change.",
        change=lagging_change,
        shown=lagging,
    ),
    fault(
        "read-from-a-cache",
        "An empty request is always shown what the first was.",
        shown=read_once,
    ),
    fault(
        "repeated-change-from-a-cache",
        "A change sent a second time is not done again.",
        change=done_once,
        shown=cached,
    ),
    fault(
        "only-sent-fields-shown",
        "The response has only what was sent.",
        shown=lambda self, template, fields: (
            {"id": template["id"]} | {name: template.get(name) for name in fields}
        ),
    ),
    fault("name-cleared", "A name that is not sent becomes empty.", changes=clearing("name", "")),
    fault(
        "url-cleared",
        "A URL that is not sent becomes null.",
        changes=clearing("learningEventUrl", None),
    ),
    fault(
        "designs-cleared",
        "Designs that are not sent are removed.",
        changes=clearing("designIds", []),
    ),
    fault(
        "changes-start-from-the-first",
        "Each change is one of the first state.",
        change=from_the_start,
    ),
    fault("change-undoes-the-last", "Each change undoes the one before.", change=restored),
    fault(
        "only-first-field-set",
        "Of several fields only the first is set.",
        changes=some(lambda fields: list(fields)[:1]),
    ),
    fault(
        "only-last-field-set",
        "Of several fields only the last is set.",
        changes=some(lambda fields: list(fields)[-1:]),
    ),
    fault("each-second-change-lost", "Each second change is lost.", changes=alternately),
    fault("all-templates-changed", "A change is one of all templates.", change=everywhere),
    fault(
        "invalid-request-half-applied",
        "What is valid in a rejected request is applied.",
        respond=remembering,
        validate=half,
    ),
    fault("id-can-be-set", "An id in the body becomes the template's.", changes=set_from("id")),
    fault(
        "times-can-be-set",
        "Times in the body become the template's.",
        changes=set_from("createdAt", "updatedAt"),
        times=lambda self: {},
    ),
    fault("updated-at-stands-still", "A change leaves updatedAt as it was.", times=lambda self: {}),
    fault(
        "created-at-changes",
        "A change sets createdAt.",
        times=lambda self: Service.times(self) | {"createdAt": self.timestamp(self.clock())},
    ),
    fault(
        "updated-at-is-local",
        "updatedAt is two hours ahead, and still says UTC.",
        times=lambda self: {"updatedAt": self.timestamp(self.clock() + timedelta(hours=2))},
    ),
    fault(
        "times-are-numbers",
        "Times are milliseconds since 1970.",
        timestamp=dated(lambda time: int(time.timestamp() * 1000)),
    ),
    fault(
        "times-without-zone",
        "Times have no zone.",
        timestamp=dated(lambda time: time.isoformat(timespec="milliseconds")[:-6]),
    ),
    fault(
        "empty-name-ignored",
        "An empty name is accepted and changes nothing.",
        changes=some(lambda fields: [name for name in fields if fields[name] != ""]),
    ),
]
