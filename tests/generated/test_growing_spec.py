"""A document with what the vendor's other operations use goes through the same machinery."""

import importlib
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from certifier_client._call.decode import ParseError, parse
from support import make, run

DOCUMENT = """
openapi: 3.1.0
info: { title: Growing, version: "1" }
paths:
  /v1/credentials:
    get:
      operationId: listCredentials
      tags: [credentials]
      security: [{ BearerAuth: [] }]
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: sort, in: query, schema: { type: array, items: { type: string } } }
      responses:
        "200":
          description: OK
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Credential" } }
    post:
      operationId: createCredential
      tags: [credentials]
      security: [{ BearerAuth: [] }]
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: "#/components/schemas/CredentialCreate" }
      responses:
        "201":
          description: Created
          content:
            application/json:
              schema: { $ref: "#/components/schemas/Credential" }
  /v1/credentials/{id}:
    delete:
      operationId: deleteCredential
      tags: [credentials]
      security: [{ BearerAuth: [] }]
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
      responses:
        "204": { description: No Content }
components:
  securitySchemes:
    BearerAuth: { type: http, scheme: bearer }
  schemas:
    Recipient:
      type: object
      required: [name]
      properties:
        name: { type: string }
        email: { type: [string, "null"] }
    Status:
      type: string
      enum: [draft, issued]
    CredentialCreate:
      type: object
      required: [recipient]
      properties:
        recipient: { $ref: "#/components/schemas/Recipient" }
        status: { $ref: "#/components/schemas/Status" }
    Credential:
      type: object
      required: [id, recipient, status, expiryDate]
      properties:
        id: { type: string }
        recipient: { $ref: "#/components/schemas/Recipient" }
        status: { $ref: "#/components/schemas/Status" }
        expiryDate: { type: [string, "null"], format: date }
        issuedAt: { type: string, format: date-time }
        public: { type: boolean }
        views: { type: integer }
        score: { type: number }
        extra: {}
"""

CREDENTIAL = {
    "id": "1",
    "recipient": {"name": "Ada", "email": None},
    "status": "issued",
    "expiryDate": None,
}


class Service(BaseHTTPRequestHandler):
    """Answers each operation as the document says, and notes what was asked."""

    asked: list[tuple[str, str, bytes]]

    def answer(self) -> None:
        """Note a request and answer it."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, body))
        status, answer = {
            "GET": (200, json.dumps([CREDENTIAL])),
            "POST": (201, json.dumps(CREDENTIAL)),
            "DELETE": (204, ""),
        }[self.command]
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Print nothing."""


@pytest.fixture
def service() -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """Serve the document on a socket; give the URL and the list of what was asked."""
    Service.asked = []
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Service.asked
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the package `growing` with the project's own Makefile and configuration."""
    folder = tmp_path_factory.mktemp("growing")
    (folder / "growing.yaml").write_text(DOCUMENT)
    made = make("generate", f"SPEC={folder}/growing.yaml", f"OUTPUT={folder}/growing")
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def imported(growing: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the package importable for one test."""
    monkeypatch.syspath_prepend(growing)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "growing"]:
        del sys.modules[name]


@pytest.mark.slow
def test_the_package_type_checks(growing: Path) -> None:
    """Mypy finds nothing in it, as strictly as in ours."""
    checked = run(
        sys.executable, "-m", "mypy", "--strict", "--no-incremental", "growing", cwd=growing
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.usefixtures("imported")
def test_each_operation_works(service: tuple[str, list[tuple[str, str, bytes]]]) -> None:
    """List, create and delete send what the document says and return what the service answers."""
    url, asked = service
    client_of = importlib.import_module("growing.client").AuthenticatedClient
    models = importlib.import_module("growing.models")
    operation = {
        name: importlib.import_module(f"growing.api.credentials.{name}")
        for name in ("list_credentials", "create_credential", "delete_credential")
    }
    with client_of(base_url=url, token="secret") as client:
        listed = operation["list_credentials"].sync(client=client, limit=2, sort=["id", "status"])
        new = models.CredentialCreate(recipient=models.Recipient(name="Ada"), status="draft")
        created = operation["create_credential"].sync(client=client, body=new)
        deleted = operation["delete_credential"].sync_detailed("a/b", client=client)
    assert [credential.to_dict() for credential in listed] == [CREDENTIAL]
    assert created.recipient == models.Recipient(name="Ada", email=None)
    assert (created.status, created.expiry_date) == ("issued", None)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert asked == [
        ("GET", "/v1/credentials?limit=2&sort=id&sort=status", b""),
        ("POST", "/v1/credentials", b'{"recipient":{"name":"Ada"},"status":"draft"}'),
        ("DELETE", "/v1/credentials/a%2Fb", b""),
    ]


@pytest.mark.usefixtures("imported")
def test_each_operation_is_handed_out_under_a_public_name() -> None:
    """Our template gives the package of a tag one function for each operation."""
    credentials: Any = importlib.import_module("growing.api.credentials")
    assert sorted(credentials.__all__) == [
        "create_credential_kwargs",
        "delete_credential_kwargs",
        "list_credentials_kwargs",
    ]
    assert credentials.delete_credential_kwargs("1") == {
        "method": "delete",
        "url": "/v1/credentials/1",
    }


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"expiryDate": "2026-12-31", "score": 1, "views": 2, "public": True, "extra": []}, None),
        ({"expiryDate": "soon"}, "expiryDate is not a date or null"),
        ({"issuedAt": "2026-12-31T00:00:00"}, "issuedAt is not a date and time with a UTC offset"),
        ({"public": 1}, "public is not true or false"),
        ({"views": True}, "views is not a whole number"),
        ({"views": 1.5}, "views is not a whole number"),
        ({"score": True}, "score is not a number"),
        ({"recipient": {"name": 5}}, "recipient.name is not a string"),
        ({"recipient": {"name": "Ada", "email": 5}}, "recipient.email is not null or a string"),
        ({"recipient": None}, "recipient is not an object"),
        ({"status": "lost"}, "status is not one of ('draft', 'issued')"),
    ],
)
def test_its_answers_are_checked_like_ours(changes: dict[str, Any], problem: str | None) -> None:
    """The client's parser takes any generated model, and names the path of what is wrong."""
    models = importlib.import_module("growing.models")
    body = json.dumps({**CREDENTIAL, **changes}).encode()
    if problem is None:
        assert parse(models.Credential, body).to_dict() == {**CREDENTIAL, **changes}
    else:
        with pytest.raises(ParseError) as raised:
            parse(models.Credential, body)
        assert str(raised.value) == problem
