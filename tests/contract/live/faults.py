"""What can be wrong with a server, and what the report then has to say."""

from collections.abc import Callable
from typing import Any

import httpx

from certifier_sandbox import PREMIUM_TOKEN, TEMPLATE_ID
from contract.live.wrong import Exchange, Fault


def set_on(status: int, /, **attributes: Any) -> Fault:
    """Return a fault of the answers with a status: the exchange gets these attributes."""

    def answered(exchange: Exchange) -> None:
        if exchange.status == status:
            vars(exchange).update(attributes)

    return answered


def members(status: int, /, **values: Any) -> Fault:
    """Return a fault of the answers with a status: members get other values, or go for None.

    Of the answers of success only those to a change are wrong: a read tells the truth.
    """

    def answered(exchange: Exchange) -> None:
        if exchange.status == status and (status != httpx.codes.OK or exchange.sent):
            answer = exchange.answer.get("error", exchange.answer)
            answer.update(values)
            for name in [name for name, value in answer.items() if value is None]:
                del answer[name]

    return answered


def sends(change: Callable[[Any, dict[str, Any]], Any]) -> Fault:
    """Return a fault: the sandbox gets another body, made of what was sent and what it holds."""

    def asked(exchange: Exchange) -> None:
        exchange.sent = change(exchange.sent, exchange.before)

    return asked


def fields(change: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]) -> Fault:
    """Return the same fault for objects that have a field."""
    return sends(lambda sent, held: change(sent, held) if sent and isinstance(sent, dict) else sent)


def headers(**values: str) -> Fault:
    """Return a fault: the sandbox gets these headers, whatever was sent."""
    others = {name.replace("_", "-"): value for name, value in values.items()}
    return lambda exchange: exchange.headers.update(others)


def to_ours(exchange: Exchange) -> None:
    """Take any id for the template's."""
    exchange.path = f"/v1/groups/{TEMPLATE_ID}"


def show_designs_appended(exchange: Exchange) -> None:
    """Answer with the designs that there were, and then those that were sent."""
    if exchange.status == httpx.codes.OK and "designIds" in exchange.sent:
        exchange.answer["designIds"] = exchange.before["designIds"] + exchange.sent["designIds"]


def echo(exchange: Exchange) -> None:
    """Show the token in a message."""
    if exchange.status != httpx.codes.OK:
        exchange.answer["error"]["message"] = f"{'-' * 370} {exchange.headers.get('authorization')}"


def append_designs(sent: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """Take the designs that are sent for further ones."""
    designs = sent.get("designIds")
    return {**sent, "designIds": held["designIds"] + designs} if designs else sent


def sort_designs(sent: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """Forget the order of the designs."""
    designs = sent.get("designIds")
    return {**sent, "designIds": sorted(designs, key=str)} if isinstance(designs, list) else sent


def keep_a_design(sent: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """Accept no designs, as far as the sandbox can: one stays."""
    return {"designIds": held["designIds"][:1]} if sent.get("designIds") == [] else sent


def text_for_any(sent: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """Take any name for text."""
    return {**sent, "name": str(sent["name"])} if "name" in sent else sent


# What is wrong, and what the report has to say.
ANSWERED: dict[str, tuple[Fault, str]] = {
    "designs appended": (show_designs_appended, "designIds alone: designIds is ["),
    "createdAt moves": (members(200, createdAt="2023-01-01T00:00:00Z"), "createdAt is '2023-"),
    "updatedAt goes back": (members(200, updatedAt="2001-01-01T00:00:00Z"), "updatedAt went back"),
    "a field is missing": (members(200, learningEventUrl=None), '"learningEventUrl" is a required'),
    "a wrong type": (members(200, badgeDesignId=5), "badgeDesignId: 5 is not of type"),
    "a wrong format": (members(200, updatedAt="now"), 'updatedAt: "now" is not a "date-time"'),
    "another id": (members(200, id="x"), "id is 'x' instead of '01g"),
    "another message": (members(401, message="Unauthorized"), "message 'Unauthorized' instead of"),
    "another code": (members(404, code="missing"), "an unknown id: code 'missing' instead of"),
    "no code": (members(400, code=None), 'error: "code" is a required property'),
    "another status": (set_on(401, status=403), "no token: 403 unauthorized"),
    "an undocumented status": (set_on(400, status=422), "no version: 422 missing_version"),
    "a failure": (set_on(400, status=500, answer="oh"), "broken JSON: 500 'oh'; the page says 400"),
    "HTML": (set_on(404, kind="text/html", answer="<p>"), "unknown id: Content-Type 'text/html'"),
    "JSON as text": (set_on(200, kind="text/plain"), "Content-Type 'text/plain' instead of"),
    "half an answer": (set_on(401, answer="{"), "no token: no JSON: '{'"),
}
ASKED: dict[str, tuple[Fault, str]] = {
    "what is not sent goes": (
        fields(lambda sent, _: {"name": "", **sent}),
        "designIds alone: name is '' instead of 'Financial Markets'",
    ),
    "designs lose their order": (fields(sort_designs), "designIds alone: designIds is ["),
    "any token": (
        headers(authorization=f"Bearer {PREMIUM_TOKEN}"),
        "a wrong token: 200, changed: nothing; the page says 401",
    ),
    "any version": (
        headers(certifier_version="2022-10-26"),
        "no version: 200, changed: nothing; the page says 400",
    ),
    "any id": (to_ours, "an unknown id: 200, changed: nothing; the page says 404"),
    "any name": (fields(text_for_any), "name: 5: 200, changed: name, updatedAt; the page says 400"),
    "no designs": (fields(keep_a_design), "designIds: []: 200, changed: designIds, updatedAt"),
    "any JSON": (
        sends(lambda sent, _: sent or {}),
        "JSON that is no object: 200, changed: nothing",
    ),
    "broken JSON": (sends(lambda sent, _: {} if sent == "{" else sent), "broken JSON: 200"),
}
