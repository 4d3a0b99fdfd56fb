"""What a server can do wrong: the parts that named faults are made of."""

from collections.abc import Callable
from typing import Any

from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID
from contract.live.wrong import Exchange, Fault

Fields = dict[str, Any]
Change = Callable[[Fields, Fields], Fields]

VERSION = "2022-10-26"
LEGACY = {"certificateDesignId", "badgeDesignId"}


def fields(change: Change) -> Fault:
    """Return a fault: the sandbox gets other fields, made of what is sent and what it holds."""

    def ask(exchange: Exchange) -> None:
        if exchange.sent and isinstance(exchange.sent, dict):
            exchange.sent = change(exchange.sent, exchange.before)

    return ask


def value(name: str, change: Callable[[Any], Any]) -> Fault:
    """Return a fault: the value of a field is changed before it is stored."""

    def changed(sent: Fields, _: Fields) -> Fields:
        try:
            return {**sent, name: change(sent[name])} if name in sent else sent
        except (TypeError, AttributeError, ValueError, IndexError):
            return sent

    return fields(changed)


def ignored(name: str, condition: Callable[[Any, Any], bool] = lambda _sent, _held: True) -> Fault:
    """Return a fault: a field is ignored, under a condition on its value and the one held."""

    def change(sent: Fields, held: Fields) -> Fields:
        try:
            ignore = name in sent and condition(sent[name], held[name])
        except (TypeError, AttributeError):
            return sent
        return {k: v for k, v in sent.items() if k != name} if ignore else sent

    return fields(change)


def resets(name: str, new: Any, when: str) -> Fault:
    """Return a fault: a field that is not sent is reset by an update of another."""
    return fields(lambda sent, _: {name: new, **sent} if when in sent else sent)


def header(name: str, wrong: Callable[[str], bool], right: str) -> Fault:
    """Return a fault: the sandbox gets the right value of a header in place of a wrong one."""

    def ask(exchange: Exchange) -> None:
        if wrong(exchange.headers.get(name, "")):
            exchange.headers[name] = right

    return ask


def token(wrong: Callable[[str], bool]) -> Fault:
    """Return a fault: a value of Authorization is accepted."""
    return header("authorization", wrong, f"Bearer {PREMIUM_TOKEN}")


def version(wrong: Callable[[str], bool]) -> Fault:
    """Return a fault: another version is accepted."""
    return header("certifier-version", wrong, VERSION)


def copied(source: str, target: str, prefix: str = "") -> Fault:
    """Return a fault: a header counts for another."""

    def ask(exchange: Exchange) -> None:
        if source in exchange.headers:
            exchange.headers[target] = prefix + exchange.headers[source].removeprefix("token=")

    return ask


def query(name: str, target: str, prefix: str = "") -> Fault:
    """Return a fault: a parameter of the query counts for a header."""

    def ask(exchange: Exchange) -> None:
        if name in exchange.query:
            exchange.headers[target] = prefix + exchange.query[name]

    return ask


def id_(wrong: Callable[[str], bool]) -> Fault:
    """Return a fault: an id is taken for the template's."""

    def ask(exchange: Exchange) -> None:
        if wrong(exchange.path.removeprefix("/v1/groups/")):
            exchange.path = f"/v1/groups/{TEMPLATE_ID}"

    return ask


def body(wrong: Callable[[Any], bool], right: Any = None) -> Fault:
    """Return a fault: another body is taken for one that is right."""

    def ask(exchange: Exchange) -> None:
        if wrong(exchange.sent):
            exchange.sent = right or {}
            exchange.headers["content-type"] = "application/json"

    return ask


def method(condition: Callable[[Exchange], bool], name: str) -> Fault:
    """Return a fault: a request is taken for one with another method."""

    def ask(exchange: Exchange) -> None:
        if condition(exchange):
            exchange.method = name

    return ask


def refused(condition: Callable[[Exchange], bool], status: int = 400, code: str = "") -> Fault:
    """Return a fault: what some requests get is an error."""

    def ask(exchange: Exchange) -> None:
        if condition(exchange):
            error = {"code": code or "validation_error", "message": "No"}
            vars(exchange).update(status=status, answer={"error": error})

    return ask


def sent(name: str, condition: Callable[[Any], bool]) -> Callable[[Exchange], bool]:
    """Return whether an object is sent that has a field with such a value."""
    return lambda exchange: (
        isinstance(exchange.sent, dict) and name in exchange.sent and condition(exchange.sent[name])
    )


def on(status: int, /, **attributes: Any) -> Fault:
    """Return a fault of the responses with a status: the exchange gets these attributes."""

    def answer(exchange: Exchange) -> None:
        if exchange.status == status:
            vars(exchange).update(attributes)

    return answer


def members(status: int, /, **values: Any) -> Fault:
    """Return a fault of the responses with a status: members get other values, or go for None.

    Of the successes only those of a change are wrong: a read is right.
    """

    def answer(exchange: Exchange) -> None:
        if exchange.status == status and (status != 200 or exchange.sent):
            shown = exchange.answer.get("error", exchange.answer)
            shown.update(values)
            for name in [name for name, value in shown.items() if value is None]:
                del shown[name]

    return answer


def errors(code: str, /, **values: Any) -> Fault:
    """Return a fault of the errors with a code: members have other values."""

    def answer(exchange: Exchange) -> None:
        error = exchange.answer.get("error", {}) if isinstance(exchange.answer, dict) else {}
        if error.get("code") == code:
            error.update(values)

    return answer


def shown(change: Callable[[Fields], Any]) -> Fault:
    """Return a fault of the successes: they show something else."""

    def answer(exchange: Exchange) -> None:
        if exchange.status == 200 and isinstance(exchange.answer, dict):
            exchange.answer = change(exchange.answer)

    return answer


def afterwards(condition: Callable[[Exchange], bool], **values: Any) -> Fault:
    """Return a fault: the template changes behind the response; a callable gets the exchange."""

    def answer(exchange: Exchange) -> None:
        if condition(exchange):
            exchange.put(**{k: v(exchange) if callable(v) else v for k, v in values.items()})

    return answer


def applied(condition: Callable[[Exchange], bool]) -> Fault:
    """Return a fault: the name is set though the response is an error."""
    return afterwards(
        lambda exchange: (
            sent("name", lambda v: isinstance(v, str))(exchange) and condition(exchange)
        ),
        name=lambda exchange: exchange.sent["name"],
    )
