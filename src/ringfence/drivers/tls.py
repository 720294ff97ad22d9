"""TLS over octets in memory, for byte streams of the kernel and of a stack of our own."""

import ssl
from contextlib import suppress

_CHUNK = 1 << 16


def unverified_client() -> ssl.SSLContext:
    """For emulated handsets, which try whether a service can be reached and not whose it is: no certificate
    is checked. A real handset checks it against TRUSTCERTS of its settings file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Tls:
    """TLS over octets in memory, so that the socket is handled in one way only."""

    def __init__(self, context: ssl.SSLContext, *, server_side: bool, peer: str) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_side,
            server_hostname=None if server_side else peer,
        )

    def handshake(self, data: bytes) -> bool:
        """Take octets; True when the handshake is complete. Raises ssl.SSLError."""
        self._incoming.write(data)
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def decrypt(self, data: bytes) -> tuple[bytes, bool]:
        """The clear text that `data` completes; whether the peer has said goodbye. Raises ssl.SSLError."""
        self._incoming.write(data)
        clear = bytearray()
        try:
            while piece := self._object.read(_CHUNK):
                clear += piece
        except ssl.SSLWantReadError:
            return bytes(clear), False
        except ssl.SSLZeroReturnError:
            pass
        return bytes(clear), True

    def encrypt(self, data: bytes) -> None:
        self._object.write(data)

    def goodbye(self) -> None:
        # The alert is written; whether the peer answers it does not matter.
        with suppress(ssl.SSLError):
            self._object.unwrap()

    def output(self) -> bytes:
        return self._outgoing.read()
