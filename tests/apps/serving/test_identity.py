"""The certificate that a serve shows: made once, kept for its owner alone, believed by who has the CA."""

import os
import socket
import ssl
import subprocess
import threading
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ringfence.apps.cli.serving.identity import Identity, given_identity, kept_identity
from ringfence.model.errors import InputError
from support import certificates

HERE = IPv4Address("127.0.0.1")


def seen(identity: Identity, client: ssl.SSLContext, name: str = str(HERE)) -> bytes:
    """The certificate that a client gets and believes; ssl.SSLError: it does not."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with identity.context.wrap_socket(ours, server_side=True) as tls:
                tls.recv(1)
        except OSError:
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(theirs, server_hostname=name) as tls:
            return tls.getpeercert(binary_form=True) or b""
    finally:
        theirs.close()
        thread.join()
        ours.close()


def trusting(directory: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=directory / "ringfence-ca.crt")


def test_it_is_made_once_and_believed_by_who_has_the_ca(tmp_path: Path) -> None:
    first = kept_identity(tmp_path / "new", HERE)
    shown = seen(first, trusting(tmp_path / "new"))
    again = kept_identity(tmp_path / "new", HERE)
    assert seen(again, trusting(tmp_path / "new")) == shown
    assert [each.code for each in again.findings] == ["TLS_IDENTITY"]
    assert again.findings == first.findings
    assert again.authority == (tmp_path / "new" / "ringfence-ca.crt").read_bytes()
    assert b"PRIVATE" not in again.authority


def test_the_keys_are_for_the_owner_alone_and_of_two_servers_different(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        for name in ("a", "b"):
            kept_identity(tmp_path / name, HERE)
    finally:
        os.umask(before)
    for name in ("tls-ca.pem", "tls-server.pem"):
        assert (tmp_path / "a" / name).stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "b" / name).read_bytes()
    with pytest.raises(ssl.SSLError):
        seen(kept_identity(tmp_path / "a", HERE), trusting(tmp_path / "b"))


def test_another_address_gets_another_certificate_of_the_same_ca(tmp_path: Path) -> None:
    kept_identity(tmp_path, IPv4Address("127.0.0.2"))
    client = trusting(tmp_path)
    moved = kept_identity(tmp_path, HERE)
    seen(moved, client)
    with pytest.raises(ssl.SSLCertVerificationError):
        seen(moved, client, "127.0.0.2")


@pytest.mark.parametrize("octets", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nMA==\n"])
def test_a_damaged_certificate_is_made_anew_and_a_damaged_ca_is_told(tmp_path: Path, octets: bytes) -> None:
    kept_identity(tmp_path, HERE)
    client = trusting(tmp_path)
    (tmp_path / "tls-server.pem").write_bytes(octets)
    seen(kept_identity(tmp_path, HERE), client)
    (tmp_path / "tls-ca.pem").write_bytes(octets)
    with pytest.raises(InputError, match=r"tls-ca\.pem"):
        kept_identity(tmp_path, HERE)


def test_a_ca_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    kept_identity(tmp_path, HERE)
    (tmp_path / "tls-ca.pem").chmod(0o640)
    with pytest.raises(InputError) as raised:
        kept_identity(tmp_path, HERE)
    assert "chmod 600" in raised.value.remedy


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("own")
    certificates.make(directory)
    other = tmp_path_factory.mktemp("other")
    certificates.make(other)
    (other / "key.pem").rename(directory / "other-key.pem")
    joined = (directory / "certificate.pem").read_bytes() + (directory / "key.pem").read_bytes()
    (directory / "both.pem").write_bytes(joined)
    encrypt = ["openssl", "pkey", "-aes256", "-passout", "pass:x", "-in", str(directory / "key.pem")]
    subprocess.run([*encrypt, "-out", str(directory / "encrypted.pem")], check=True, capture_output=True)
    return directory


def test_the_operators_own(own: Path) -> None:
    client = ssl.create_default_context(cafile=own / "certificate.pem")
    for identity in (
        given_identity(own / "certificate.pem", own / "key.pem"),
        given_identity(own / "both.pem", None),
    ):
        assert seen(identity, client, "127.3.0.1")


@pytest.mark.parametrize(
    ("certificate", "key"),
    [
        ("certificate.pem", "other-key.pem"),
        ("certificate.pem", "encrypted.pem"),
        ("certificate.pem", None),
        ("gone.pem", "key.pem"),
        ("certificate.pem", "gone.pem"),
        ("key.pem", "key.pem"),
    ],
)
def test_what_does_not_go_together_is_told(own: Path, certificate: str, key: str | None) -> None:
    with pytest.raises(InputError, match="--certificate"):
        given_identity(own / certificate, own / key if key else None)
