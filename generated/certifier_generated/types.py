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
        # The generated code tests "is UNSET", so a copied or unpickled UNSET must be the same object.
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
        name: the name of the method's argument.
        attribute: the name in the generated function or model.
        wire: the name in the document; empty for a body that is not an object.
        location: ``path``, ``query``, ``header`` or ``body``.
        required: whether every request must have it.

    """

    name: str
    attribute: str
    wire: str
    location: Literal["path", "query", "header", "body"]
    required: bool


@dataclass(eq=False)
class Operation(Generic[T]):
    """An operation of the document with a result of type T.

    Attributes:
        method: the HTTP method.
        path: the path, with a ``{name}`` for each parameter in it.
        parameters: all parameters, including the fields of the body.
        body: the model of the body, if the body is an object.
        schemas: the JSON Schemas of the parameters, by location and wire name, and of each success.
        components: the schemas that may be referenced.
        module: imports the generated module, whose functions build the request and parse a success.
        unset: the value of an argument that was not given.

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
    """Makes the calls of a resource; arguments are named like the method's parameters."""

    def request(self, operation: Operation[Any], arguments: dict[str, Any]) -> RequestT: ...

    def call(self, operation: Operation[T], arguments: dict[str, Any]) -> tuple[T, ResponseT]: ...


class AsyncCaller(Protocol[RequestT, ResponseT]):
    """Makes the calls of an async resource."""

    def request(self, operation: Operation[Any], arguments: dict[str, Any]) -> RequestT: ...

    def call(
        self, operation: Operation[T], arguments: dict[str, Any]
    ) -> Coroutine[Any, Any, tuple[T, ResponseT]]: ...


async def result_of(call: Coroutine[Any, Any, tuple[T, Any]]) -> T:
    """Await a call, and return only its result."""
    return (await call)[0]


__all__ = ["UNSET", "File", "FileTypes", "RequestFiles", "Response", "Unset"]
