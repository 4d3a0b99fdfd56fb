"""An operation of the document, ready for calls: checks arguments, parses successes."""

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import unquote

from certifier_client._call import decode
from certifier_client._call.mismatch import Convert, Mismatch, plain, shown
from certifier_client._call.schema import ArgumentConverters, JsonConverters
from certifier_client._call.validation import FIELD_VALUE
from certifier_client._http.first_use import first_used
from certifier_client.errors import InputError, InvalidResponseError, PoolTimeoutError
from certifier_client.response import Response
from certifier_generated.types import Operation, Parameter

T = TypeVar("T")

# The API's names of fields that hold ids, such as designIds.
_IDS = re.compile(r"(id|.*Id)s?")


@functools.cache
def prepared(operation: Operation[T]) -> "Prepared":
    """Return an operation that is ready for calls."""
    return Prepared(operation)


class Prepared:
    """An operation with its converters."""

    def __init__(self, operation: Operation[Any]) -> None:
        """Compile the schemas of the operation."""
        self._operation = operation
        arguments = ArgumentConverters(operation.components, has_rules=True)
        self._arguments = [
            (parameter, _of_parameter(parameter, operation, arguments))
            for parameter in operation.parameters
        ]
        # Rules, such as a maximum length, are not checked in responses.
        responses = JsonConverters(operation.components, has_rules=False)
        self._successes = [
            _Success(*_range(status), responses.of(schema) if schema is not None else None)
            for status, schema in sorted(operation.schemas["success"].items())
        ]
        self._identifier = _identifier(operation)

    def kwargs(self, arguments: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
        """Check the arguments, and return the request that the generated function builds.

        Args:
            arguments: the arguments of the method.
            settings: the values of headers that are options of the client, by the last word of the
                header's name.

        Raises:
            InputError: an argument does not match its schema.

        """
        parameters: dict[str, Any] = {}
        fields: dict[str, Any] = {}
        for parameter, convert in self._arguments:
            if parameter.name in arguments:
                given = arguments[parameter.name]
            elif (option := parameter.wire.lower().rpartition("-")[2]) in settings:
                given = settings[option]
            else:
                continue  # the default of the document applies
            if given is not self._operation.unset:
                given = convert(given)
            into = fields if parameter.location == "body" and parameter.wire else parameters
            into[parameter.attribute] = given
        module = self._module  # first, because this imports the models too
        if self._operation.body:
            parameters["body"] = self._operation.body(**fields)
        request: dict[str, Any] = module._get_kwargs(**parameters)
        return request

    @first_used
    def _module(self) -> Any:  # noqa: ANN401 - a module
        try:
            return self._operation.module()
        except OSError as error:  # the first call imports it, but all file descriptors are used
            label = f"{self._operation.method} {self._operation.path}"
            raise PoolTimeoutError(label, str(error)) from None

    def is_success(self, status: int) -> bool:
        """Return whether a status is a success according to the document."""
        return self._success(status) is not None

    def _success(self, status: int) -> "_Success | None":
        # Not a generator: Python 3.12 warns about one that an interrupt leaves unfinished.
        for success in self._successes:
            if success.low <= status <= success.high:
                return success
        return None

    def parse(self, response: Response, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - see Operation
        """Return the result of a success, or raise InvalidResponseError."""
        success = self._success(response.status)
        convert = success and success.convert
        try:
            value = decode.checked(convert, response) if convert else None
            result = self._module._parse_response(
                client=None, response=_Parsed(response.status, response.body, value)
            )
        except decode.ParseError as error:
            raise InvalidResponseError(response, str(error)) from None
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise InvalidResponseError(response, f"the body cannot be read: {error}") from error
        if self._identifier and self._identifier in arguments:
            _check_identity(response, arguments[self._identifier], result, self._identifier)
        return result


class _Success(NamedTuple):
    """A range of statuses, and the converter of their JSON; None if they have no JSON."""

    low: int
    high: int
    convert: Convert | None


class _Parsed(NamedTuple):
    """The part of a response that the generated parser reads."""

    status_code: int
    content: bytes
    value: object

    def json(self) -> object:
        return self.value

    @property
    def text(self) -> str:
        return self.content.decode()


def _range(status: str) -> tuple[int, int]:
    return int(status.replace("X", "0")), int(status.replace("X", "9"))


def _identifier(operation: Operation[Any]) -> str | None:
    """Return the name of the parameter with the id that a success must repeat, if any.

    It is the parameter at the end of the path, unless the body may change it.
    """
    in_body = {parameter.wire for parameter in operation.parameters if parameter.location == "body"}
    for parameter in operation.parameters:
        is_last = operation.path.endswith(f"{{{parameter.name}}}")
        if parameter.location == "path" and is_last and parameter.wire not in in_body:
            return parameter.name
    return None


def _check_identity(response: Response, asked: object, result: object, name: str) -> None:
    found = getattr(result, name, None)
    asked = plain(asked) or asked
    # All known ids are ULIDs, which are case-insensitive.
    if isinstance(found, str) and _ascii_lower(found) != _ascii_lower(str(asked)):
        raise InvalidResponseError(response, f"{name} is {found!r} instead of {shown(asked)}")


def _ascii_lower(text: str) -> bytes:
    """Return text with its ASCII letters in lower case, and other letters unchanged."""
    return text.encode(errors="surrogatepass").lower()


def _of_parameter(
    parameter: Parameter, operation: Operation[Any], converters: ArgumentConverters
) -> Convert:
    key = f"{parameter.location} {parameter.wire}".rstrip()
    convert = converters.of(operation.schemas[key])
    in_body = _each(_check_id if _IDS.fullmatch(parameter.wire) else _check_text)
    checks = {"path": _check_id, "header": _check_header, "body": in_body}
    check = checks.get(parameter.location, _check_nothing)

    def of_parameter(value: object) -> object:
        try:
            converted = convert(value)
            check(converted)
        except Mismatch as mismatch:
            problem = f"{mismatch.path} {_problem(mismatch, parameter)}"
            raise InputError(f"{parameter.name}{problem}", parameter.name) from None
        return converted

    return of_parameter


def _problem(mismatch: Mismatch, parameter: Parameter) -> str:
    if mismatch.is_rule:
        return mismatch.expected
    if mismatch.value is None and not mismatch.path and not parameter.required:
        return f"is None: leave it out, or pass {mismatch.expected}"
    return f"is {shown(mismatch.value)}: pass {mismatch.expected}"


def _each(check: Callable[[object], None]) -> Callable[[object], None]:
    """Return the check of a value, or of each item of a list."""

    def each(value: object) -> None:
        if not isinstance(value, list):
            return check(value)
        for position, item in enumerate(cast("list[object]", value)):
            try:
                each(item)
            except Mismatch as mismatch:
                raise mismatch.within(f"[{position}]") from None
        return None

    return each


def _check_text(value: object) -> None:
    """Reject an empty string, because no page says that a field can be cleared."""
    if plain(value) == "":
        raise Mismatch("is empty: leave it out, or pass a value", is_rule=True)


def _check_id(value: object) -> None:
    """Reject an id that is empty, changes the path of the request, or looks like several ids."""
    if not isinstance(value, str):
        return
    text = unquote(value)
    if not text.isalnum() and (text in {"", ".", ".."} or any(map(_is_foreign, text))):
        raise Mismatch(
            f"{shown(value)} is not a valid id: pass a single id, which is not empty or only dots, "
            "and has no slash, white space, comma, semicolon, quote, bracket or invisible "
            "character",
            is_rule=True,
        )


def _is_foreign(character: str) -> bool:
    """Return whether a character separates ids, or would end a segment of the path."""
    return character in "/,;\"'`()[]{}<>" or unicodedata.category(character)[0] in "CZ"


def _check_header(value: object) -> None:
    text = plain(value)
    if text is not None and not FIELD_VALUE.fullmatch(text):
        raise Mismatch("has characters that are not printable ASCII", is_rule=True)


def _check_nothing(_: object) -> None:
    """Accept any query parameter, because it will be encoded."""
