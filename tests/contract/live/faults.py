"""What a server can do wrong: the building blocks of the named faults."""

from collections.abc import Callable
from typing import Any

from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID
from contract.live.faulty import Exchange, Fault

Fields = dict[str, Any]
Change = Callable[[Fields, Fields], Fields]

VERSION = "2022-10-26"
LEGACY = {"certificateDesignId", "badgeDesignId"}


def fields(change: Change) -> Fault:
    """Return a fault: the sandbox gets other fields, made from those sent and those stored."""

    def on_request(exchange: Exchange) -> None:
        if exchange.sent and isinstance(exchange.sent, dict):
            exchange.sent = change(exchange.sent, exchange.before)

    return on_request


def value(name: str, change: Callable[[Any], Any]) -> Fault:
    """Return a fault: the value of a field is changed before it is stored."""

    def changed(sent: Fields, _: Fields) -> Fields:
        try:
            return {**sent, name: change(sent[name])} if name in sent else sent
        except (TypeError, AttributeError, ValueError, IndexError):
            return sent

    return fields(changed)


def ignored(
    name: str, condition: Callable[[Any, Any], bool] = lambda _sent, _stored: True
) -> Fault:
    """Return a fault: a field is ignored if its new and its stored value meet a condition."""

    def change(sent: Fields, stored: Fields) -> Fields:
        try:
            ignore = name in sent and condition(sent[name], stored[name])
        except (TypeError, AttributeError):
            return sent
        return {k: v for k, v in sent.items() if k != name} if ignore else sent

    return fields(change)


def resets(name: str, new: Any, when: str) -> Fault:
    """Return a fault: an update of one field resets another that is not sent."""
    return fields(lambda sent, _: {name: new, **sent} if when in sent else sent)


def header(name: str, accepts: Callable[[str], bool], valid: str) -> Fault:
    """Return a fault: the sandbox gets the valid value of a header instead of some others."""

    def on_request(exchange: Exchange) -> None:
        if accepts(exchange.headers.get(name, "")):
            exchange.headers[name] = valid

    return on_request


def token(accepts: Callable[[str], bool]) -> Fault:
    """Return a fault: some invalid values of Authorization are accepted."""
    return header("authorization", accepts, f"Bearer {PREMIUM_TOKEN}")


def version(accepts: Callable[[str], bool]) -> Fault:
    """Return a fault: some invalid versions are accepted."""
    return header("certifier-version", accepts, VERSION)


def copied(source: str, target: str, prefix: str = "") -> Fault:
    """Return a fault: a header is used as another one."""

    def on_request(exchange: Exchange) -> None:
        if source in exchange.headers:
            exchange.headers[target] = prefix + exchange.headers[source].removeprefix("token=")

    return on_request


def query(name: str, target: str, prefix: str = "") -> Fault:
    """Return a fault: a query parameter is used as a header."""

    def on_request(exchange: Exchange) -> None:
        if name in exchange.query:
            exchange.headers[target] = prefix + exchange.query[name]

    return on_request


def id_(accepts: Callable[[str], bool]) -> Fault:
    """Return a fault: some invalid ids are accepted as the template's."""

    def on_request(exchange: Exchange) -> None:
        if accepts(exchange.path.removeprefix("/v1/groups/")):
            exchange.path = f"/v1/groups/{TEMPLATE_ID}"

    return on_request


def body(accepts: Callable[[Any], bool], valid: Any = None) -> Fault:
    """Return a fault: some invalid bodies are handled as a valid one."""

    def on_request(exchange: Exchange) -> None:
        if accepts(exchange.sent):
            exchange.sent = valid or {}
            exchange.headers["content-type"] = "application/json"

    return on_request


def method(condition: Callable[[Exchange], bool], name: str) -> Fault:
    """Return a fault: a request is handled as if it had another method."""

    def on_request(exchange: Exchange) -> None:
        if condition(exchange):
            exchange.method = name

    return on_request


def rejected(condition: Callable[[Exchange], bool], status: int = 400, code: str = "") -> Fault:
    """Return a fault: some requests are rejected."""

    def on_request(exchange: Exchange) -> None:
        if condition(exchange):
            error = {"code": code or "validation_error", "message": "No"}
            vars(exchange).update(status=status, response_body={"error": error})

    return on_request


def sent(name: str, condition: Callable[[Any], bool]) -> Callable[[Exchange], bool]:
    """Return a condition: the request has a field whose value meets a condition."""
    return lambda exchange: (
        isinstance(exchange.sent, dict) and name in exchange.sent and condition(exchange.sent[name])
    )


def on(status: int, /, **attributes: Any) -> Fault:
    """Return a fault in responses with a status: the exchange gets these attributes."""

    def on_response(exchange: Exchange) -> None:
        if exchange.status == status:
            vars(exchange).update(attributes)

    return on_response


def members(status: int, /, **values: Any) -> Fault:
    """Return a fault in responses with a status: members get other values, or None removes them.

    Of the successes, only responses to changes have the fault, not those to reads.
    """

    def on_response(exchange: Exchange) -> None:
        if exchange.status == status and (status != 200 or exchange.sent):
            shown = exchange.response_body.get("error", exchange.response_body)
            shown.update(values)
            for name in [name for name, value in shown.items() if value is None]:
                del shown[name]

    return on_response


def errors(code: str, /, **values: Any) -> Fault:
    """Return a fault in errors with a code: members have other values."""

    def on_response(exchange: Exchange) -> None:
        error = (
            exchange.response_body.get("error", {})
            if isinstance(exchange.response_body, dict)
            else {}
        )
        if error.get("code") == code:
            error.update(values)

    return on_response


def shown(change: Callable[[Fields], Any]) -> Fault:
    """Return a fault in successes: they show something else."""

    def on_response(exchange: Exchange) -> None:
        if exchange.status == 200 and isinstance(exchange.response_body, dict):
            exchange.response_body = change(exchange.response_body)

    return on_response


def afterwards(condition: Callable[[Exchange], bool], **values: Any) -> Fault:
    """Return a fault: the template changes after the response; a callable gets the exchange."""

    def on_response(exchange: Exchange) -> None:
        if condition(exchange):
            exchange.put(**{k: v(exchange) if callable(v) else v for k, v in values.items()})

    return on_response


def applied(condition: Callable[[Exchange], bool]) -> Fault:
    """Return a fault: the name is set although the response is an error."""
    return afterwards(
        lambda exchange: (
            sent("name", lambda v: isinstance(v, str))(exchange) and condition(exchange)
        ),
        name=lambda exchange: exchange.sent["name"],
    )
