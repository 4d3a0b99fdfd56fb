"""With a larger document, `make generate` makes a method of each operation, too.

larger.yaml has what the vendor's other operations may need, and names that collide. This test also
guards the context of our templates, which is not a stable interface of the generator.
"""

import asyncio
import importlib
import inspect
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from certifier_client import AsyncCertifier, Certifier, CertifierError, ClientError, InputError
from support import ROOT, make, run

DOCUMENT = Path(__file__).with_name("larger.yaml")
CREDENTIAL = {
    "id": "1",
    "recipient": {"name": "Ada", "email": None},
    "status": "issued",
    "expiryDate": None,
}
PAGES = {
    "": {
        "data": [{**CREDENTIAL, "id": "1"}, {**CREDENTIAL, "id": "2"}],
        "pagination": {"next": "b"},
    },
    "b": {"data": [{**CREDENTIAL, "id": "3"}], "pagination": {"next": None}},
}
A_UUID = UUID("12345678-1234-5678-1234-567812345678")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
Call = Callable[..., Any]


class Service(ThreadingHTTPServer):
    """Sends the responses that a test sets, and records the requests."""

    def __init__(self) -> None:
        """Listen."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[tuple[str, str, str | None, bytes]] = []
        self.respond: Callable[[str], tuple[int, Any]] = lambda _: (200, CREDENTIAL)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Any  # a Service

    def respond(self) -> None:
        """Record the request and send the response."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = (self.command, self.path, self.headers["x-request-id"], body)
        self.server.received.append(request)
        status, value = self.server.respond(self.path)
        if status == 0:  # no response
            self.close_connection = True
            return
        content = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Print nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    """Serve on a socket."""
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield service
        service.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the package `larger` with the project's own make target."""
    folder = tmp_path_factory.mktemp("larger")
    made = make("generate", f"SPEC={DOCUMENT}", f"OUTPUT={folder}/larger")
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the package importable for one test."""
    monkeypatch.syspath_prepend(folder)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "larger"]:
        del sys.modules[name]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, service: Service, imported: None) -> Call:
    """Call a method of a tag with either client."""
    options: Any = {"access_token": "a", "base_url": f"http://127.0.0.1:{service.server_port}"}

    def sync(tag: str, name: str, *args: Any, **arguments: Any) -> Any:
        resources = importlib.import_module(f"larger.api.{tag}")
        with Certifier(**options) as certifier:
            resource = getattr(resources, pascal(tag))(certifier._caller)
            result = getattr(resource, name)(*args, **arguments)
            return list(result) if isinstance(result, Iterator) else result

    def asynchronous(tag: str, name: str, *args: Any, **arguments: Any) -> Any:
        resources = importlib.import_module(f"larger.api.{tag}")

        async def wait() -> Any:
            async with AsyncCertifier(**options) as certifier:
                resource = getattr(resources, f"Async{pascal(tag)}")(certifier._caller)
                result = getattr(resource, name)(*args, **arguments)
                if isinstance(result, AsyncIterator):
                    return [item async for item in result]
                return await result if inspect.isawaitable(result) else result

        return asyncio.run(wait())

    return sync if request.param == "sync" else asynchronous


def pascal(tag: str) -> str:
    """Return the name of a tag's class."""
    return "".join(word.capitalize() for word in tag.split("_"))


USE = """
from typing import assert_type

from certifier_client import AsyncCertifier, Certifier, Request, Response
from larger.api import AsyncResources, Resources
from larger.models import Credential, CredentialPage, Design, Recipient


class Client(Resources[Request, Response]):
    def __init__(self, certifier: Certifier) -> None:
        self._caller = certifier._caller  # pyright: ignore[reportPrivateUsage]


class AsyncClient(AsyncResources[Request, Response]):
    def __init__(self, certifier: AsyncCertifier) -> None:
        self._caller = certifier._caller  # pyright: ignore[reportPrivateUsage]


def use(client: Client) -> None:
    credentials = client.credentials
    assert_type(credentials.list(limit=2, sort=["id"]), CredentialPage)
    assert_type(credentials.get("a"), Credential)
    assert_type(credentials.list_designs("a"), list[Design])
    assert_type(client.event_types.get(1), str)
    assert_type(credentials.get_with_response("a"), tuple[Credential, Response])
    assert_type(credentials.update_request("a", note=None), Request)
    for credential in credentials.list_all():
        assert_type(credential, Credential)
    credentials.create(x_request_id="a", recipient=Recipient(name="Ada"), type_="b", status="draft")
    credentials.create(recipient=Recipient(name="Ada"), type_="b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    credentials.update("a", description=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    credentials.update("a", code=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    credentials.update("a", "b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def use_async(client: AsyncClient) -> None:
    assert_type(await client.credentials.get("a"), Credential)
    _, response = await client.credentials.list_with_response()
    assert_type(response, Response)
    async for credential in client.credentials.list_all(limit=1):
        assert_type(credential, Credential)
"""


@pytest.mark.slow
def test_the_package_and_its_use_are_typed(folder: Path) -> None:
    """In strict mode, mypy and pyright report the misuses and nothing else."""
    (folder / "use.py").write_text(USE)
    config = {"include": ["use.py"], "strict": ["use.py"], "pythonVersion": "3.11"}
    paths = [f"{ROOT}/{name}" for name in ("overrides", "generated")]
    (folder / "pyrightconfig.json").write_text(json.dumps({**config, "extraPaths": paths}))
    (folder / "mypy.ini").write_text(f"[mypy]\nstrict = true\nmypy_path = {':'.join(paths)}\n")
    for command in (["mypy", "larger", "use.py"], ["pyright"]):
        checked = run(*command, cwd=folder)
        assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("tag", "name", "arguments", "sent"),
    [
        ("credentials", "get", {"id": "1"}, ("GET", "/v1/credentials/1", None, b"")),
        (
            "credentials",
            "create",
            {
                "x_request_id": "r",
                "recipient": {"name": "Ada"},
                "type_": "t",
                "status": "draft",
                "event_url": "https://a",
                "page_url": "https://b",
                "field_3_d_model": "m",
                "class_": "c",
                "expiry_date": date(2026, 1, 2),
                "issued_at": NOON,
                "batch": A_UUID,
            },
            (
                "POST",
                "/v1/credentials",
                "r",
                b'{"recipient":{"name":"Ada"},"@type":"t","status":"draft","event_url":"https://a","pageURL":"https://b","3dModel":"m","class":"c","expiryDate":"2026-01-02","issuedAt":"2026-01-02T12:00:00+00:00","batch":"12345678-1234-5678-1234-567812345678"}',
            ),
        ),
        (
            "credentials",
            "update",
            {"id": "1", "id_body": "2", "note": None, "tags": ("a", "b"), "public": False},
            ("PATCH", "/v1/credentials/1", None, b'{"id":"2","tags":["a","b"],"note":null,"public":false}'),
        ),
    ],
)  # fmt: skip
def test_a_credential_is_sent_and_returned(
    call: Call, service: Service, tag: str, name: str, arguments: Any, sent: Any
) -> None:
    """Each argument has its wire name and format; the result is a model of the document."""
    if "recipient" in arguments:
        recipient = importlib.import_module("larger.models").Recipient(**arguments["recipient"])
        arguments = {**arguments, "recipient": recipient}
    service.respond = lambda _: (201 if name == "create" else 200, CREDENTIAL)
    result = call(tag, name, **arguments)
    assert (result.id, result.recipient.name, result.expiry_date) == ("1", "Ada", None)
    assert service.received == [sent]
    result, response = call(tag, f"{name}_with_response", **arguments)
    assert response.body == json.dumps(CREDENTIAL).encode()
    request = call(tag, f"{name}_request", **arguments)
    path = request.url.partition(str(service.server_port))[2]
    assert (request.method, path, request.headers.get("x-request-id"), request.body) == sent
    assert len(service.received) == 2  # credentials.create_request() sends nothing


def test_a_body_that_is_not_an_object_is_returned_unchanged(call: Call, service: Service) -> None:
    """It may be an array or a string; a success without a body gives None."""
    service.respond = lambda _: (200, [{"id": "d"}])
    designs = call("credentials", "list_designs", "1")
    assert [design.id for design in designs] == ["d"]
    service.respond = lambda _: (200, "webinar")
    assert call("event_types", "get", 5) == "webinar"
    service.respond = lambda _: (204, None)
    assert call("credentials", "delete", "1") is None
    service.respond = lambda _: (202, None)
    assert call("credentials", "import_", body=["a"]) is None
    labels = importlib.import_module("larger.models").LabelCredentialsBody.from_dict({"1": "a"})
    service.respond = lambda _: (204, None)
    assert call("credentials", "label", body=labels) is None
    assert [received[:2] for received in service.received] == [
        ("GET", "/v1/credentials/1/designs"),
        ("GET", "/v1/event-types/5"),
        ("DELETE", "/v1/credentials/1"),
        ("POST", "/v1/credentials/import"),
        ("PUT", "/v1/credentials/labels"),
    ]
    assert [received[3] for received in service.received[-2:]] == [b'["a"]', b'{"1":"a"}']


def test_a_list_has_a_query_and_continues_to_its_last_page(call: Call, service: Service) -> None:
    """`list` returns one page, `list_all` all items."""
    service.respond = lambda path: (200, PAGES["b" if "cursor=b" in path else ""])
    page = call("credentials", "list", limit=2, sort=["id", "status"], issued=True)
    assert [credential.id for credential in page.data] == ["1", "2"]
    items = call("credentials", "list_all", limit=2)
    assert [credential.id for credential in items] == ["1", "2", "3"]
    assert [received[1] for received in service.received] == [
        "/v1/credentials?limit=2&sort=id&sort=status&issued=true",
        "/v1/credentials?limit=2",
        "/v1/credentials?limit=2&cursor=b",
    ]


@pytest.mark.parametrize(
    ("tag", "name", "arguments", "problem"),
    [
        ("credentials", "update", {"description": "a" * 501}, "description has 501 characters: at most 500 are allowed"),
        ("credentials", "update", {"code": "A"}, "code has 1 character: at least 2 are required"),
        ("credentials", "update", {"code": "ab"}, "code is 'ab', which does not match the pattern ^[A-Z]+$"),
        ("credentials", "update", {"tags": []}, "tags has 0 items: pass at least 1"),
        ("credentials", "update", {"tags": ["a", "a"]}, "tags has an item twice"),
        ("credentials", "update", {"tags": ["a", 5]}, "tags[1] is 5: pass a string"),
        ("credentials", "update", {"seats": 11}, "seats is 11: at most 10 is allowed"),
        ("credentials", "update", {"seats": True}, "seats is True: pass a whole number"),
        ("credentials", "update", {"status": "lost"}, "status is 'lost': pass one of 'draft', 'issued'"),
        ("credentials", "update", {"code": None}, "code is None: leave it out, or pass a string"),
        ("credentials", "update", {"note": 5}, "note is 5: pass a string or null"),
        ("credentials", "get", {"id": "a" * 27}, "id has 27 characters: at most 26 are allowed"),
        ("credentials", "list", {"limit": 101}, "limit is 101: at most 100 is allowed"),
        ("credentials", "import_", {"body": ["a", "b", "c"]}, "body has 3 items: at most 2 are allowed"),
        ("event_types", "get", {"kind": 0}, "kind is 0: at least 1 is required"),
    ],
)  # fmt: skip
def test_an_invalid_argument_is_not_sent(
    call: Call, service: Service, tag: str, name: str, arguments: Any, problem: str
) -> None:
    """The error names the argument, its value, and what is allowed."""
    positional = ["1"] if name == "update" else []
    with pytest.raises(InputError) as raised:
        call(tag, name, *positional, **arguments)
    assert str(raised.value) == problem
    assert service.received == []


def test_a_model_that_is_passed_is_checked(call: Call, service: Service) -> None:
    """The error has the path into the model; other objects and invalid headers are errors too."""
    recipient = importlib.import_module("larger.models").Recipient
    for given, problem in [
        (recipient(name=""), "recipient.name has 0 characters: at least 1 are required"),
        (recipient(name=5), "recipient.name is 5: pass a string"),
        ("Ada", "recipient is 'Ada': pass a model of certifier_client.models"),
    ]:
        with pytest.raises(InputError) as raised:
            call("credentials", "create", x_request_id="r", recipient=given, type_="t")
        assert str(raised.value) == problem
    ada = recipient(name="Ada")
    with pytest.raises(InputError, match="x_request_id has characters that are not printable"):
        call("credentials", "create", x_request_id="a\r\nb: c", recipient=ada, type_="t")
    assert service.received == []


@pytest.mark.parametrize(
    ("name", "arguments", "requests", "ambiguous"),
    [
        ("get", {"id": "1"}, 3, False),
        ("update", {"id": "1", "note": None}, 3, True),
        ("delete", {"id": "1"}, 3, True),
        ("import_", {"body": ["a"]}, 1, True),
    ],
)
def test_a_retry_depends_on_the_method(
    call: Call, service: Service, name: str, arguments: Any, requests: int, *, ambiguous: bool
) -> None:
    """A POST that may have been applied is not sent again; a GET is never applied."""
    service.respond = lambda _: (0, None)
    with pytest.raises(CertifierError) as raised:
        call("credentials", name, **arguments)
    assert len(service.received) == requests
    assert raised.value.may_have_been_applied is ambiguous


def test_an_error_without_its_own_class_has_that_of_its_kind(call: Call, service: Service) -> None:
    """A 423 is a ClientError with its status; an undocumented success is an error too."""
    service.respond = lambda _: (423, {"error": {"code": "locked"}})
    with pytest.raises(ClientError) as raised:
        call("credentials", "get", "1")
    assert (raised.value.status, raised.value.code) == (423, "locked")
    service.respond = lambda _: (201, CREDENTIAL)
    with pytest.raises(CertifierError, match="201"):
        call("credentials", "get", "1")
    assert call("credentials", "update", "1").id == "1"  # which documents 2XX


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"expiryDate": "soon"}, "expiryDate is not a date or null"),
        ({"issuedAt": "2026-12-31T00:00:00"}, "issuedAt is not a date and time with a UTC offset"),
        ({"public": 1}, "public is not true or false"),
        ({"views": True}, "views is not a whole number"),
        ({"views": 1.5}, "views is not a whole number"),
        ({"score": True}, "score is not a number"),
        ({"recipient": {"name": 5}}, "recipient.name is not a string"),
        ({"recipient": {"name": "Ada", "email": 5}}, "recipient.email is not a string or null"),
        ({"recipient": None}, "recipient is not an object"),
        ({"status": "lost"}, "status is not one of 'draft', 'issued'"),
        ({"id": "2"}, "id is '2' instead of '1'"),
    ],
)
def test_a_response_that_is_not_the_documented_one_is_an_error(
    call: Call, service: Service, changes: Any, problem: str
) -> None:
    """The error names the path of the mistake."""
    service.respond = lambda _: (200, {**CREDENTIAL, **changes})
    with pytest.raises(CertifierError) as raised:
        call("credentials", "get", "1")
    assert problem in str(raised.value)


@pytest.mark.usefixtures("imported")
def test_help_shows_the_descriptions_of_the_document() -> None:
    """Each argument of a method is listed with its description."""
    update = importlib.import_module("larger.api.credentials").Credentials.update
    assert "description: What the credential is about." in update.__doc__
    parameters = inspect.signature(update).parameters
    assert parameters["description"].annotation == "str | Unset"
    assert parameters["id"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"204": { description: No Content }', "default: { description: Any }", "DELETE /v1/credentials/{id} documents no success: add a response such as 200 or 2XX"),
        ("operationId: getCredential\n", "operationId: deleteCredential\n", "would be a second method delete_credential: give it another operationId"),
        ("id: { type: string }\n        description:", "id: { type: string }\n        idBody: { type: string }\n        description:", "PATCH /v1/credentials/{id} has two arguments that would be called id_body: rename one in the document"),
        ("{ name: issued, in: query,", "{ name: issued, in: cookie,", "GET /v1/credentials has a cookie parameter, which this client does not send"),
        ("application/json:\n            schema: { type: array, maxItems: 2", "application/x-www-form-urlencoded:\n            schema: { type: array, maxItems: 2", "takes another body than one JSON value, which this client does not send"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_an_operation_that_cannot_be_rendered_fails_the_generation(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    """The message names the operation and what to do, and no package is left."""
    text = DOCUMENT.read_text()
    assert old in text
    (tmp_path / "wrong.yaml").write_text(text.replace(old, new))
    made = make("generate", f"SPEC={tmp_path}/wrong.yaml", f"OUTPUT={tmp_path}/wrong")
    assert made.returncode != 0
    assert problem in made.stderr
    assert not (tmp_path / "wrong").exists()
