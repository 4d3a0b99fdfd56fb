"""A body is decoded within limits."""

import sys

import httpx
import pytest

from certifier_client import Certifier, CredentialTemplate, InvalidResponseError, Response
from certifier_client._call import decode
from certifier_client._call.decode import MAX_JSON, MAX_NESTING, ParseError
from certifier_sandbox import TEMPLATE_ID, Sandbox
from support import run

BODY = (
    b'{"id": "a", "name": "b", "learningEventUrl": null, "designIds": [],'
    b' "createdAt": "2022-01-01T00:00:00Z", "updatedAt": "2022-01-01T00:00:00Z"}'
)


def deep(levels: int) -> dict[str, str]:
    """Return JSON texts with this nesting depth, by kind."""
    return {
        "arrays": "[" * levels + "]" * levels,
        "arrays that never end": "[" * levels,
        "objects": '{"a":' * levels + "1" + "}" * levels,
        "both, with spaces": '[ {"a": ' * (levels // 2) + "1" + "} ]" * (levels // 2),
        "after strings that look like brackets": r'["]]]]\"]]\\",' + "[" * (levels - 1),
        "in a field": BODY.decode()[:-1]
        + ', "new": '
        + "[" * (levels - 1)
        + "]" * (levels - 1)
        + "}",
    }


@pytest.mark.parametrize("text", deep(MAX_NESTING + 2).values(), ids=deep(1))
def test_json_is_nested_100_levels_deep_at_most(text: str) -> None:
    """Deeper nesting raises a typed error before anything recurses."""
    with pytest.raises(ParseError, match="nested more than 100 levels deep"):
        decode.load(text.encode())


def test_json_that_is_nested_100_levels_deep_is_read() -> None:
    """Brackets in strings do not count, even next to escapes."""
    for text in ("[" * 100 + "]" * 100, '["' + "[" * 9000 + r"\"\\" + '"]'):
        decode.load(text.encode())
    assert decode.load(b"[" + b"[[]]," * 200 + b"[]]") == [*[[[]]] * 200, []]
    assert decode.load(b"[" * 100 + b"],[]" + b"]" * 99)


def test_a_body_has_at_most_half_a_mebibyte_and_20_000_values() -> None:
    """Decoded, it would take many times as much memory."""
    said = "the body is larger than 512 KiB, or has more than 20000 values"
    for right, wrong in (
        (b'"' + b"a" * (MAX_JSON - 2) + b'"', b'"' + b"a" * (MAX_JSON - 1) + b'"'),
        (b"[" + b"1," * 19_999 + b"1]", b"[" + b"1," * 20_000 + b"1]"),
        (b"[" + b"[]," * 9_999 + b"{}]", b"[" + b"[]," * 9_999 + b"[{}]]"),
    ):
        assert decode.load(right)
        with pytest.raises(ParseError, match=said):
            decode.load(wrong)


@pytest.mark.parametrize("coding", ["", "identity", "Identity, IDENTITY"])
def test_a_body_that_is_not_compressed_may_say_so(coding: str) -> None:
    """Names of codings are case-insensitive, and there may be several."""
    headers = httpx.Headers({"Content-Encoding": coding})
    assert decode.checked(lambda value: value, Response("PATCH /", 200, headers, b"5")) == 5


def test_a_compressed_body_is_rejected() -> None:
    """The request did not allow it."""
    headers = httpx.Headers({"Content-Encoding": "identity, GZIP"})
    with pytest.raises(ParseError, match=r"is compressed \('identity, GZIP'\), which"):
        decode.checked(lambda value: value, Response("PATCH /", 200, headers, b"5"))


def test_of_a_number_that_is_too_large_40_characters_are_shown() -> None:
    """It may be as long as the body."""
    with pytest.raises(ParseError, match=f"JSON: {'9' * 40} is too large for a number$"):
        decode.load(b"9" * 400 + b".0")


SMALL_STACK = """
import sys, threading
import httpx
from certifier_client import Certifier, CertifierError, RetryPolicy
from certifier_sandbox import in_process

def call(sandbox, text, status):
    sandbox.inject(status=status, text=text)
    options = {"base_url": sandbox.url, "transport": sandbox.transport}
    retry = RetryPolicy(attempts=1)
    certifier = Certifier(access_token=sandbox.token, retry=retry, **options)
    try:
        certifier.credential_templates.update("a")
    except CertifierError as error:
        print(type(error).__name__)

def ask(sandbox, text):
    headers = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json"}
    headers["Certifier-Version"] = "2022-10-26"
    client = httpx.Client(base_url=sandbox.url, transport=sandbox.transport, headers=headers)
    print(client.patch("/v1/groups/a", content=text).json()["error"]["code"])

def main():
    with in_process() as sandbox:
        for text in sys.argv[1:]:
            for status in (200, 400, 503):
                call(sandbox, text, status)
            ask(sandbox, text)

threading.stack_size(256 * 1024)
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


def test_deep_json_is_an_error_in_a_thread_with_a_small_stack() -> None:
    """This holds for every kind of response, and for a request to the sandbox."""
    texts = [*deep(15_000).values()]
    ran = run(sys.executable, "-c", SMALL_STACK, *texts)
    printed = ["InvalidResponseError", "BadRequestError", "ServerError", "invalid_json"]
    assert (ran.returncode, ran.stdout.split()) == (0, printed * len(texts)), ran.stderr


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "-Infinity"])
def test_a_number_that_is_not_finite_is_an_error(number: str) -> None:
    """The number is not valid JSON, or too large for a double."""
    with pytest.raises(ParseError, match=f"the body is not JSON: {number}"):
        decode.load(f'{{"a": {number}}}'.encode())


def test_a_value_that_only_the_generated_code_rejects_is_reported(
    monkeypatch: pytest.MonkeyPatch, certifier_sandbox: Sandbox
) -> None:
    """The InvalidResponseError has the message of the generated code."""

    def reject(_: object) -> CredentialTemplate:
        raise ValueError("what it says")

    monkeypatch.setattr(CredentialTemplate, "from_dict", reject)
    with Certifier() as certifier, pytest.raises(InvalidResponseError, match="what it says"):
        certifier.credential_templates.update(TEMPLATE_ID)
