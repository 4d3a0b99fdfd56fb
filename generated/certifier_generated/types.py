"""Contains some shared types for properties"""

from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import (
    IO,
    Any,
    BinaryIO,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    Protocol,
    TypeVar,
)


class Unset:
    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        # The generated code asks "is UNSET", so a copy and an unpickled one must be the same object.
        return "UNSET"


UNSET: Unset = Unset()

# The types that `httpx.Client(files=)` can accept, copied from that library.
FileContent = IO[bytes] | bytes | str
FileTypes = (
    # (filename, file (or bytes), content_type)
    tuple[str | None, FileContent, str | None]
    # (filename, file (or bytes), content_type, headers)
    | tuple[str | None, FileContent, str | None, Mapping[str, str]]
)
RequestFiles = list[tuple[str, FileTypes]]


@dataclass
class File:
    """Contains information for file uploads"""

    payload: BinaryIO
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """Return a tuple representation that httpx will accept for multipart/form-data"""
        return self.file_name, self.payload, self.mime_type


T = TypeVar("T")


@dataclass
class Response(Generic[T]):
    """A response from an endpoint"""

    status_code: HTTPStatus
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


class Parameter(NamedTuple):
    """A parameter of an operation, or a field of its body.

    Attributes:
        name: of the method's argument.
        attribute: its name in the generated function or model.
        wire: its name in the document; empty for a body that is not an object.
        location: ``path``, ``query``, ``header`` or ``body``.
        required: whether each request has it.

    """

    name: str
    attribute: str
    wire: str
    location: Literal["path", "query", "header", "body"]
    required: bool


@dataclass(eq=False)
class Operation(Generic[T]):
    """An operation of the document, whose success is a T.

    Attributes:
        method: of HTTP.
        path: with a ``{name}`` for each parameter in it.
        parameters: all of them, fields of the body included.
        body: the model of a body that is an object.
        schemas: the JSON Schemas of the parameters, by location and wire name, and of each success.
        components: the schemas that those refer to.
        module: imports the generated module, whose functions make the request and parse a success.
        unset: in place of an argument that was not given.

    """

    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Callable[..., Any] | None
    schemas: Mapping[str, Any]
    components: Mapping[str, Any]
    module: Callable[[], Any]
    unset: ClassVar[Unset] = UNSET


RequestT = TypeVar("RequestT", covariant=True)
ResponseT = TypeVar("ResponseT", covariant=True)


class Caller(Protocol[RequestT, ResponseT]):
    """What a resource needs of a client; arguments have the names of the method's parameters."""

    def request(self, operation: Operation[Any], arguments: dict[str, Any]) -> RequestT: ...

    def call(self, operation: Operation[T], arguments: dict[str, Any]) -> tuple[T, ResponseT]: ...


class AsyncCaller(Protocol[RequestT, ResponseT]):
    """The same of a client for asyncio."""

    def request(self, operation: Operation[Any], arguments: dict[str, Any]) -> RequestT: ...

    def call(
        self, operation: Operation[T], arguments: dict[str, Any]
    ) -> Coroutine[Any, Any, tuple[T, ResponseT]]: ...


async def result_of(call: Coroutine[Any, Any, tuple[T, Any]]) -> T:
    """Await a call, and return its result without the response."""
    return (await call)[0]


__all__ = ["UNSET", "File", "FileTypes", "RequestFiles", "Response", "Unset"]
