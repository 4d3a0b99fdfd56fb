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
from faults.fault_server import (
    Closed,
    FaultServer,
    Peer,
    Step,
    error,
    flood,
    named,
    reset,
    response,
)

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


def _whole(peer: Peer) -> None:
    peer.socket.sendall(named(peer.request))


def _chunked(peer: Peer) -> None:
    head, _, body = named(peer.request).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    middle = len(body) // 2
    parts = (body[:middle], body[middle:], b"")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    peer.socket.sendall(b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", chunks]))


def _in_pieces(peer: Peer) -> None:
    data = named(peer.request)
    for start in range(0, len(data), 100):
        peer.socket.sendall(data[start : start + 100])
        time.sleep(0.001)


def _after_interim_responses(peer: Peer) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    peer.socket.sendall(hints * 20 + named(peer.request))


def _and_close(peer: Peer) -> None:
    _whole(peer)
    raise Closed


def _and_announce_the_end(peer: Peer) -> None:
    peer.socket.sendall(named(peer.request).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    raise Closed


def _and_another(peer: Peer) -> None:
    peer.socket.sendall(named(peer.request) + response())


def _nothing(_: Peer) -> None:
    raise Closed


def _half(peer: Peer) -> None:
    data = named(peer.request)
    peer.socket.sendall(data[: len(data) // 2])
    raise Closed


def _half_and_reset(peer: Peer) -> None:
    data = named(peer.request)
    peer.socket.sendall(data[: len(data) // 2])
    reset(peer)


def _too_late(peer: Peer) -> None:
    time.sleep(_SLOW)
    _whole(peer)


def _of_another(peer: Peer) -> None:
    peer.socket.sendall(response(200, {"id": "another"}))


def _sends(data: bytes) -> Step:
    return lambda peer: peer.socket.sendall(data)


_SUCCESSES: list[Step] = [
    *[_whole] * 12,
    _chunked,
    _in_pieces,
    _after_interim_responses,
    _and_close,
    _and_announce_the_end,
    _and_another,
]
_REJECTIONS: list[Step] = [
    *[_sends(error(status)) for status in (400, 401, 402, 404)],
    _sends(error(429, [("Retry-After", "0")])),
    _sends(response(302, b"", [("Location", "/elsewhere")])),
]
_AMBIGUOUS: list[Step] = [
    _nothing,
    reset,
    _half,
    _half_and_reset,
    _too_late,
    _of_another,
    _sends(error(500)),
    _sends(response(503, b"<html>", [("Content-Type", "text/html")])),
    _sends(response(204, b"")),
    _sends(response(200, b'{"name":')),
    _sends(b"SSH-2.0-OpenSSH\r\n"),
    _sends(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * _HUGE + b"\r\n\r\n"),
    flood(b"HTTP/1.1 200 OK\r\n", 50),
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
            step = self._random.choice(
                _SUCCESSES if share < 0.7 else _REJECTIONS if share < 0.8 else _AMBIGUOUS
            )
            is_read = self._random.random() < 0.97
        if not is_read:
            reset(peer)
        if not peer.read_request():
            raise Closed
        name = json.loads(peer.request.partition(b"\r\n\r\n")[2])["name"]
        entry = Entry(name, step in {*_SUCCESSES, _too_late}, step not in _REJECTIONS)
        os.write(self._log, json.dumps(entry).encode() + b"\n")
        step(peer)


def main() -> None:
    """Serve until the input ends."""
    log, seed = sys.argv[1:]
    server = FaultServer([])
    server.calm((Misbehaviour(Path(log), int(seed)),))
    print(f"http://127.0.0.1:{server.port}", flush=True)
    for _ in sys.stdin:
        server.wait_until(lambda server: not server.busy)
        print("idle", flush=True)


if __name__ == "__main__":
    main()
