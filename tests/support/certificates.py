"""A key and a certificate for 127.0.0.0/8 tests, made by openssl when a test wants them."""

import ssl
import subprocess
from pathlib import Path


def make(directory: Path) -> tuple[ssl.SSLContext, ssl.SSLContext, Path]:
    """A server's context, that of a client which trusts it, and the certificate's file."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-days", "2", "-subj", "/CN=files", "-addext", "subjectAltName=IP:127.3.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=certificate), certificate
