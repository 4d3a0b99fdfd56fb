"""TLS as a stream over a stream, the same for both modes."""

import errno
import os
import ssl
from contextlib import suppress

import httpx

from certifier_client._http.mode import CHUNK_SIZE, Stream
from certifier_client.errors import InputError


def ssl_context(*, trust_env: bool) -> ssl.SSLContext:
    """Return the context that verifies certificates; an InputError names a file that is invalid."""
    try:
        return httpx.create_ssl_context(trust_env=trust_env)
    except (OSError, ValueError) as error:  # a file without a certificate is an SSLError
        if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
            raise  # no file is the cause
        if trust_env and (path := os.environ.get("SSL_CERT_FILE")):
            raise InputError(
                f"SSL_CERT_FILE names {path!r}, which cannot be used ({error}): name a file of "
                "certificates in PEM format, or unset it"
            ) from None
        raise InputError(f"the certificates of certifi cannot be used ({error})") from error


def is_tls(error: BaseException | None) -> bool:
    """Return whether a connection failed because TLS rejected it."""
    while error:
        # A connection that ends during the handshake is an SSLError too, but transient.
        if isinstance(error, ssl.SSLError):
            return not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        error = error.__cause__ or error.__context__
    return False


class TlsStream:
    """An encrypted stream. It reads whole records: none is larger than CHUNK_SIZE."""

    unsent: bytes | memoryview = b""

    def __init__(self, stream: Stream, context: ssl.SSLContext, host: str) -> None:
        """Take over a stream; ``handshake`` comes next."""
        self._stream = stream
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self.close = stream.close

    async def handshake(self, end: float) -> None:
        """Perform the handshake, and verify the server's certificate."""
        while True:
            try:
                is_complete = self._shake_hands()
            except ssl.SSLError:
                with suppress(OSError):
                    await self._flush(end)  # the alert
                raise
            await self._flush(end)
            if is_complete:
                return
            self._feed(await self._stream.read(end))

    def _shake_hands(self) -> bool:
        """Take the next step of the handshake, and return whether it is complete."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    async def write(self, data: bytes | memoryview, end: float) -> bytes | None:
        """Write all; or stop when the peer sends something, and return that."""
        if data:
            self._tls.write(data)
        return await self._flush(end)

    async def _flush(self, end: float) -> bytes | None:
        # Encrypted bytes that an earlier write left unsent come first.
        pending = b"".join([self._stream.unsent, self._outgoing.read()])
        early = await self._stream.write(pending, end)
        while early is not None:
            self._feed(early)
            if not early:
                return b""
            if self._tls.version() and (data := self._decrypted()) is not None:
                return data
            early = await self._stream.write(self._stream.unsent, end)
        return None

    async def read(self, end: float) -> bytes:
        """Return the next bytes."""
        while (data := self._decrypted(is_end_checked=True)) is None:
            if self._outgoing.pending:
                await self._flush(end)
            self._feed(await self._stream.read(end))
        return data

    def _feed(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _decrypted(self, *, is_end_checked: bool = False) -> bytes | None:
        """Return what has arrived, b"" at the end; None if nothing has.

        With ``is_end_checked``, an end that the server did not announce is an SSLEOFError, because
        an attacker may have truncated the response (RFC 9112, section 9.8).
        """
        if not (self._incoming.pending or self._incoming.eof):
            return None  # OpenSSL holds no whole record, and takes long to report so
        try:
            return self._tls.read(CHUNK_SIZE)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLEOFError:
            if is_end_checked:
                raise
            return b""

    def arrived(self) -> bytes | None:
        """Return what has already arrived, except TLS's own messages, such as tickets."""
        if (data := self._stream.arrived()) is not None:
            self._feed(data)
        return self._decrypted()

    def is_quiet(self) -> bool:
        """Return whether nothing at all has arrived."""
        return self._stream.is_quiet() and not self._incoming.pending
