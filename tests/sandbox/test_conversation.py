"""What the sandbox responds in a conversation, word for word."""

import os
import re
import shlex
from pathlib import Path

import httpx

RECORD = Path(__file__).with_name("conversation.txt")
SHOWN = {"allow", "content-type", "location", "retry-after", "www-authenticate", "x-a"}


def test_a_conversation_is_that_of_the_record(api: httpx.Client) -> None:
    """`UPDATE=1 pytest tests/sandbox/test_conversation.py` writes the responses of now."""
    recorded = RECORD.read_text()
    requests = re.findall(r"^\$ (.*)$", recorded, re.MULTILINE)
    api.headers["User-Agent"] = "test"
    conversation = "\n".join(exchange(request, api) for request in requests)
    if "UPDATE" in os.environ:
        RECORD.write_text(conversation)
    assert conversation == recorded


def exchange(written: str, api: httpx.Client) -> str:
    """Send a request, which is written like curl's arguments, and return it with its response."""
    method, path, *options = shlex.split(written)
    request = api.build_request(method, path)
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "-d":
            request = api.build_request(method, path, content=value)
            request.headers["Content-Type"] = "application/json"
        else:
            name, _, content = value.partition(": ")
            request.headers[name] = content
    response = api.send(request)
    headers = [f"{name}: {value}" for name, value in response.headers.items() if name in SHOWN]
    lines = [f"$ {written}", str(response.status_code), *headers, response.text, ""]
    text = "\n".join(line for line in lines if line or line is lines[-1])
    # They count since the server's start.
    text = re.sub('"(logVersion|number)":[0-9]+', r'"\1":0', text)
    return text.replace(str(request.headers["Host"]), "sandbox")
