"""The certificate that a serve shows: the operator's own, or one of a CA that is made once and kept.

No key comes with the source. RSA and SHA-256, which every H.323 set with TLS can verify.
"""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.network import TLS_IDENTITY

_CA_FILE = "tls-ca.pem"  # certificate and key: whoever has it is believed by every phone that trusts the CA
_CERTIFICATE_FILE = "tls-server.pem"  # certificate, key
PUBLISHED = "ringfence-ca.crt"  # the CA's certificate alone, for phones
_CA_DAYS, _SERVER_DAYS, _RENEW_DAYS = 3650, 730, 90  # days; ASSUMED
_BITS = 2048
_SKEW = timedelta(days=1)  # a phone without NTP yet may be behind


@dataclass(frozen=True, slots=True)
class Identity:
    """`context` for servers. `authority`: the CA's certificate (PEM), where the CA is of our own making."""

    context: ssl.SSLContext
    findings: tuple[Finding, ...] = ()
    authority: bytes = b""


def given_identity(certificate: Path, key: Path | None) -> Identity:
    """From PEM files; the key may be in the file of the certificate. InputError: they do not go together."""
    return Identity(_context(certificate, key or certificate, "--certificate"))


def kept_identity(directory: Path, address: IPv4Address) -> Identity:
    """The certificate for `address` in `directory`, made with its CA when it is not there or soon ends.

    InputError: a file cannot be read or written, is damaged, or others can read it.
    """
    now = datetime.now(UTC)  # noqa: TID251 - the true time is what certificates are about
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = _authority(directory / _CA_FILE, now)
        served = directory / _CERTIFICATE_FILE
        if not _is_good(served, address, authority.certificate, now):
            _write_private(served, _issued(authority, address, now))
        published = authority.certificate.public_bytes(serialization.Encoding.PEM)
        (directory / PUBLISHED).write_bytes(published)
    except OSError as error:
        raise InputError(str(error), where="--state", remedy="name a directory that can be written") from None
    fingerprint = authority.certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    sentence = (
        f"the certificate of {address} is signed by the CA in {directory / PUBLISHED}, SHA-256 {fingerprint}"
    )
    return Identity(_context(served, served, "--state"), (Finding(TLS_IDENTITY, sentence),), published)


@dataclass(frozen=True, slots=True)
class _Authority:
    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes


def _authority(path: Path, now: datetime) -> _Authority:
    if not path.exists():
        key = rsa.generate_private_key(65537, _BITS)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ringfence CA of this server")])
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        made = (
            _builder(name, name, key.public_key(), now, _CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        _write_private(path, _pem(made, key))
    if path.stat().st_mode & 0o077:
        raise InputError(
            f"{path} can be read by others than its owner", where="--state", remedy=f"chmod 600 {path}"
        )
    octets = path.read_bytes()
    try:
        certificate = x509.load_pem_x509_certificate(octets)
        key_found = serialization.load_pem_private_key(octets, None)
    except (ValueError, TypeError) as error:
        raise _damaged(path, str(error)) from None
    if not isinstance(key_found, rsa.RSAPrivateKey) or certificate.public_key() != key_found.public_key():
        raise _damaged(path, "certificate and key are not of one pair")
    if certificate.not_valid_after_utc <= now + timedelta(days=_RENEW_DAYS):
        raise _damaged(path, f"the CA ends at {certificate.not_valid_after_utc:%Y-%m-%d}")
    return _Authority(certificate, key_found)


def _damaged(path: Path, why: str) -> InputError:
    remedy = "restore the file, or move it away: a new CA is made, and phones have to be given it"
    return InputError(f"{path}: {why}", where="--state", remedy=remedy)


def _is_good(path: Path, address: IPv4Address, authority: x509.Certificate, now: datetime) -> bool:
    """Whether that certificate can be shown: for this address, of this CA, and for a while yet."""
    if not path.exists():
        return False
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        certificate.verify_directly_issued_by(authority)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
    except Exception:  # whatever is wrong with it, it is made anew; the CA is what phones know
        return False
    lasts = certificate.not_valid_after_utc > now + timedelta(days=_RENEW_DAYS)
    return lasts and address in names.get_values_for_type(x509.IPAddress)


def _issued(authority: _Authority, address: IPv4Address, now: datetime) -> bytes:
    key = rsa.generate_private_key(65537, _BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(address))])
    made = (
        _builder(name, authority.certificate.subject, key.public_key(), now, _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return _pem(made, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=days))
    )


def _pem(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> bytes:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + private


def _write_private(path: Path, octets: bytes) -> None:
    """The whole file or none of it, and never readable by anybody else."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(octets)
    new.replace(path)


def _context(certificate: Path, key: Path, where: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    remedy = "PEM files of a certificate chain and of its unencrypted key"
    try:
        context.load_cert_chain(certificate, key, password=_no_password(key, where))
    except ssl.SSLError as error:
        why = error.reason or str(error)
        raise InputError(f"{certificate}, {key}: {why}", where=where, remedy=remedy) from None
    except OSError as error:
        named = "" if error.filename else f"{certificate}, {key}: "
        raise InputError(f"{named}{error}", where=where, remedy=remedy) from None
    return context


def _no_password(key: Path, where: str) -> Callable[[], str]:
    """A service cannot ask at a terminal."""

    def refuse() -> str:
        raise InputError(
            f"{key} is encrypted", where=where, remedy="openssl pkey -in KEY -out PLAIN; chmod 600"
        )

    return refuse
