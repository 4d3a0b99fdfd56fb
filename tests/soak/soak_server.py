"""A server that misbehaves at random: `python soak_server.py LOG SEED`.

It logs each request before it responds. It prints its URL, and runs until its standard input ends.
For each line of input it prints "idle" once no request is in progress.
"""

import json
import os
import random
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script can only import from its own folder
from faults import fault_server as s
from faults.fault_server import Peer, Turn, error, named, response, send

_SLOW = 0.25  # seconds, more than load.TIMEOUT
_HUGE = 200 * 1024  # bytes, more than a head may have


class Entry(NamedTuple):
    """What the server did with a request that it read to its end.

    Attributes:
        name: the name that the request sets, unique for each call.
        is_success: whether a complete success is sent, even if late.
        is_applied: whether a service that acts like this may have applied the update.

    """

    name: str
    is_success: bool
    is_applied: bool


def _chunked(request: bytes) -> bytes:
    head, _, body = named(request).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    middle = len(body) // 2
    parts = (body[:middle], body[middle:], b"")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", chunks])


def _announcing_the_end(request: bytes) -> bytes:
    return named(request).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)


def _in_pieces(peer: Peer) -> None:
    data = named(peer.request)
    for start in range(0, len(data), 100):
        peer.socket.sendall(data[start : start + 100])
        time.sleep(0.001)


def _wait(_: Peer) -> None:
    time.sleep(_SLOW)


_WHOLE = s.echo(named)
_HALF = s.echo(lambda request: named(request)[: len(named(request)) // 2])
_TOO_LATE: Turn = (_wait, _WHOLE)
_SUCCESSES: list[Turn] = [
    *[(_WHOLE,)] * 12,
    (s.echo(_chunked),),
    (_in_pieces,),
    (send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 20), _WHOLE),
    (_WHOLE, s.close),
    (s.echo(_announcing_the_end), s.close),
    (s.echo(lambda request: named(request) + response()),),
]
_REJECTIONS: list[Turn] = [
    *[(send(error(status)),) for status in (400, 401, 402, 404)],
    (send(error(429, [("Retry-After", "0")])),),
    (send(response(302, b"", [("Location", "/elsewhere")])),),
]
_AMBIGUOUS: list[Turn] = [
    (s.close,),
    (s.reset,),
    (_HALF, s.close),
    (_HALF, s.reset),
    _TOO_LATE,
    (send(response(200, {"id": "another"})),),
    (send(error(500)),),
    (send(response(503, b"<html>", [("Content-Type", "text/html")])),),
    (send(response(204, b"")),),
    (send(response(200, b'{"name":')),),
    (send(b"SSH-2.0-OpenSSH\r\n"),),
    (send(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * _HUGE + b"\r\n\r\n"),),
    (s.flood(b"HTTP/1.1 200 OK\r\n", 50),),
]


class Misbehaviour:
    """A random treatment of a request."""

    def __init__(self, log: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._lock = threading.Lock()

    def __call__(self, peer: Peer) -> None:
        """Read a request, log its treatment, and carry it out."""
        with self._lock:
            share = self._random.random()
            turn = self._random.choice(
                _SUCCESSES if share < 0.7 else _REJECTIONS if share < 0.8 else _AMBIGUOUS
            )
            is_read = self._random.random() < 0.97
        if not is_read:
            s.reset(peer)
        s.read(peer)
        name = json.loads(peer.request.partition(b"\r\n\r\n")[2])["name"]
        entry = Entry(name, turn in [*_SUCCESSES, _TOO_LATE], turn not in _REJECTIONS)
        os.write(self._log, json.dumps(entry).encode() + b"\n")
        for step in turn:
            step(peer)


def main() -> None:
    """Serve until the input ends."""
    log, seed = sys.argv[1:]
    server = s.FaultServer([])
    server.calm((Misbehaviour(Path(log), int(seed)),))
    print(f"http://127.0.0.1:{server.port}", flush=True)
    for _ in sys.stdin:
        server.wait_until(lambda server: not server.busy)
        print("idle", flush=True)


if __name__ == "__main__":
    main()
