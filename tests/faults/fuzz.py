"""Fuzz the parser of responses and the HTTP reader, guided by coverage: `make fuzz`.

An input is a status, the values of three headers, and a body; or, if the first byte is 255, what a
connection receives. The result must be a template, the response that h11 reads, or one of our
exceptions. Any other exception, or too much time or memory, ends the run and leaves the input in
build/fuzz.
"""

import importlib
import json
import math
import sys
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script can only import from its own folder
from documented import TEMPLATE
from faults.fault_server import response
from faults.random_responses import Played
from support import ROOT

atheris = importlib.import_module("atheris")  # not installed when types are checked
for name in [
    name for name in sys.modules if name.startswith(("certifier_client", "certifier_gen"))
]:
    del sys.modules[name]
with atheris.instrument_imports(include=["certifier_client", "certifier_generated", "h11"]):
    import h11

    from certifier_client import CertifierError, CredentialTemplate
    from certifier_client._call.error_mapping import of_response
    from certifier_client._call.operation import prepared
    from certifier_client._http.http1 import Connection
    from certifier_client._http.message import MAX_BODY, Origin, RawResponse, Request
    from certifier_client.blocking import run
    from certifier_client.response import Response
    from certifier_generated.api.credential_templates import UPDATE

CORPUS = ROOT / "build/fuzz"
_RECEIVED = b"\xff"
_ORIGIN = Origin("http", "localhost", None)
_REQUEST = Request("PATCH", "", _ORIGIN, "/", [], b"", b"", httpx.Timeout(None))
_STATUSES = (200, 200, 201, 302, 400, 404, 429, 503)


def read(data: bytes) -> None:
    """Receive or decode a response."""
    if data.startswith(_RECEIVED):
        receive(data[1:])
    else:
        decode(data)


def receive(data: bytes) -> None:
    """Receive bytes in two pieces, and compare the result with h11's."""
    first, data = (data[0], data[1:]) if data else (0, b"")
    connection = Connection(Played([data[:first], data[first:]]), "", [])
    try:
        received = run(connection.send(_REQUEST, math.inf))
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return
    assert len(received.body) <= MAX_BODY
    assert received == by_h11(data)


def by_h11(data: bytes) -> RawResponse:
    """Return the response that h11 reads from the same bytes."""
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="PATCH", target="/", headers=[("Host", "localhost")]))
    reader.receive_data(data)
    while not isinstance(head := reader.next_event(), h11.Response):
        pass
    body = b""
    while not isinstance(event := reader.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Data):
            body += event.data
        else:
            reader.receive_data(b"")
    return RawResponse(head.status_code, head.headers.raw_items(), body)


def decode(data: bytes) -> None:
    """Decode a response, and print the outcome in every way."""
    first, *values, body = (data.split(b"\n", 4) + [b""] * 4)[:5]
    status = _STATUSES[sum(first) % len(_STATUSES)]
    headers = httpx.Headers(list(zip((b"retry-after", b"date", b"location"), values, strict=True)))
    response = Response("PATCH /", status, headers, body)
    try:
        if status == 200:
            template = prepared(UPDATE).parse(response, {})
            again = CredentialTemplate.from_dict(json.loads(json.dumps(template.to_dict())))
            assert again == template
            return
        outcome: CertifierError = of_response(response).error
    except CertifierError as error:
        outcome = error
    shown = str(outcome)
    assert shown.isprintable()
    assert len(shown) < 2000
    assert outcome.retry_after is None or outcome.retry_after >= 0
    assert not set(response.location or "") & {"?", "#"}


def main() -> None:
    """Fuzz for the requested seconds; the corpus grows with each run."""
    CORPUS.mkdir(parents=True, exist_ok=True)
    error = {"error": {"code": "not_found", "message": "m"}}
    for number, seed in enumerate([TEMPLATE, error, [], {**TEMPLATE, "x": [{}]}]):
        (CORPUS / f"seed{number}").write_bytes(b"\n\n\n\n" + json.dumps(seed).encode())
        (CORPUS / f"received{number}").write_bytes(_RECEIVED + b"\x40" + response(200, seed))
    seconds = sys.argv[1]
    options = ["-max_len=4096", "-timeout=5", "-rss_limit_mb=1024", f"-artifact_prefix={CORPUS}/"]
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds}", "-print_final_stats=1", *options, str(CORPUS)],
        read,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
