"""TLS for a proof: real handshakes and records, and an identity that means nothing.

The proof is about who may connect to which port. The key below is published with the source, so the client
contexts that go with it check no certificate and must never be used outside a lab.
"""

import ssl
from pathlib import Path


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(client, server)."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(Path(__file__).with_name("lab-identity.pem"))
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return client, server
