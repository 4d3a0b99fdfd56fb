"""Request bodies: read up to a limit, parsed by RFC 8259, checked against a JSON Schema."""

import json
import math
import re
from itertools import accumulate
from typing import NoReturn

from jsonschema_rs import Draft202012Validator
from starlette.requests import Request

MAX_BODY = 1024 * 1024
MAX_DETAIL = 300
# The parser recurses: in a thread with a small stack, deep nesting would crash the process.
MAX_NESTING = 100

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


async def read_body(request: Request) -> bytes:
    """Return the body; if it is too large, only the first `MAX_BODY` + 1 bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            break
    return bytes(body[: MAX_BODY + 1])


def parse_json(body: bytes, *, bounded: bool = True) -> object:
    """Return the JSON value of a body; a `ValueError` says what is wrong with it."""
    if bounded and len(body) > MAX_BODY:
        raise ValueError("the body is larger than 1 MiB")
    try:
        text = body.decode()
        if _is_nested_too_deeply(text):
            raise ValueError(f"the body is nested more than {MAX_NESTING} levels deep")
        value: object = json.loads(text, parse_constant=_reject, parse_float=_finite)
        # A lone surrogate, written \ud800, is text that neither UTF-8 nor SQLite can hold.
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise ValueError(f"the body is not UTF-8 text: {error.reason}") from error
    return value


def _is_nested_too_deeply(text: str) -> bool:
    brackets = re.findall(r"[\[\]{}]", _STRING.sub("", text))
    levels = accumulate(1 if bracket in "[{" else -1 for bracket in brackets)
    return max(levels, default=0) > MAX_NESTING


def _reject(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not valid JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is out of range")
    return number


def first_error(validator: Draft202012Validator, value: object) -> str | None:
    """Return the first violation of a schema, such as `designIds[1]: 5 is not ...`, or None."""
    error = next(validator.iter_errors(value), None)
    if error is None:
        return None
    path = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in error.instance_path)
    message = error.message
    if len(message) > MAX_DETAIL:  # it quotes the value, which may be a mebibyte long
        message = f"{message[:100]} ... {message[-100:]}"
    return f"{path.lstrip('.') or 'body'}: {message}"
