"""A very cheap server: it prints its port, and responds to each request alike.

python constant_server.py [CERTIFICATE]

It parses only as much HTTP as it needs to find the end of a request. With a certificate, a PEM file
that also has the key, it speaks TLS.
"""

import asyncio
import json
import ssl
import sys

TEMPLATE_ID = "01g90279gp5sbmfek7wymcsvec"
TEMPLATE = {
    "id": TEMPLATE_ID,
    "name": "Financial Markets",
    "learningEventUrl": "https://example.org/courses/financial-markets",
    "certificateDesignId": None,
    "badgeDesignId": None,
    "designIds": ["01g90279gp5sbmfek7wymcsve0", "01g90279gp5sbmfek7wymcsve1"],
    "createdAt": "2022-08-24T12:57:51.126Z",
    "updatedAt": "2022-08-24T12:57:51.126Z",
}
BODY = json.dumps(TEMPLATE, separators=(",", ":")).encode()
RESPONSE = (
    b"HTTP/1.1 200 OK\r\n"
    b"Date: Wed, 25 Nov 2026 12:00:00 GMT\r\n"
    b"Content-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
) + BODY


class Responder(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start without data."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Respond to each complete request."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            _, _, after = head.lower().partition(b"\r\ncontent-length:")
            length = int(after.partition(b"\r\n")[0] or 0)
            if len(rest) < length:
                return
            self._received = rest[length:]
            self._transport.write(RESPONSE)


async def main() -> None:
    """Serve until the process is killed."""
    context = None
    if sys.argv[1:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Responder, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
