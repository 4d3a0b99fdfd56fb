"""Fuzz the parser of responses, guided by coverage: `make fuzz`.

An input is a status, the values of three headers, and a body. Each input must give a template or
an exception from our tree. Any other exception, or too much time or memory, ends the run and
leaves the input in build/fuzz.
"""

import importlib
import json
import sys
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script can only import from its own folder
from documented import TEMPLATE
from support import ROOT

atheris = importlib.import_module("atheris")  # not installed when types are checked
for name in [
    name for name in sys.modules if name.startswith(("certifier_client", "certifier_gen"))
]:
    del sys.modules[name]
with atheris.instrument_imports(include=["certifier_client", "certifier_generated"]):
    from certifier_client import CertifierError, CredentialTemplate
    from certifier_client._call.error_mapping import of_response
    from certifier_client._call.operation import prepared
    from certifier_client.response import Response
    from certifier_generated.api.credential_templates import UPDATE

CORPUS = ROOT / "build/fuzz"
_STATUSES = (200, 200, 201, 302, 400, 404, 429, 503)


def read(data: bytes) -> None:
    """Read one response, and print the outcome in every possible way."""
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
    """Fuzz for a number of seconds; the corpus grows from run to run."""
    CORPUS.mkdir(parents=True, exist_ok=True)
    error = {"error": {"code": "not_found", "message": "m"}}
    for number, seed in enumerate([TEMPLATE, error, [], {**TEMPLATE, "x": [{}]}]):
        (CORPUS / f"seed{number}").write_bytes(b"\n\n\n\n" + json.dumps(seed).encode())
    seconds = sys.argv[1]
    options = ["-max_len=4096", "-timeout=5", "-rss_limit_mb=1024", f"-artifact_prefix={CORPUS}/"]
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds}", "-print_final_stats=1", *options, str(CORPUS)],
        read,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
