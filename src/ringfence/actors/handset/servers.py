"""The servers that a handset is told of, by DHCP and by its settings file, as addresses."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address
from typing import TypeAlias

from ringfence.actors.files.config import FileSource
from ringfence.model.address import TransportAddress
from ringfence.model.site import Scheme
from ringfence.wire.phone_options import Parameter, PhoneParameters


def merged_parameters(phone: PhoneParameters, settings: Mapping[str, str]) -> PhoneParameters:
    """The settings file is read last, so it wins over DHCP."""
    return PhoneParameters(tuple(Parameter(*each) for each in settings.items())).over(phone)


Names: TypeAlias = Mapping[str, tuple[IPv4Address, ...]]  # what DNS said; nothing: it was asked in vain


def file_sources(phone: PhoneParameters, names: Names) -> tuple[tuple[FileSource, ...], list[str]]:
    """Where to fetch files from, HTTPS first; and the servers whose names lead nowhere."""
    found: list[FileSource] = []
    unknown: list[str] = []
    for servers, scheme in (
        (phone.tls, Scheme.HTTPS),
        (phone.http, Scheme.HTTP),
        (phone.tftp, Scheme.TFTP),
    ):
        known, lost = addresses(servers.servers, names)
        found += [FileSource(TransportAddress(ip, servers.port), scheme, servers.directory) for ip in known]
        unknown += lost
    return tuple(found), unknown


def addresses(texts: Iterable[str], names: Names) -> tuple[list[IPv4Address], list[str]]:
    """The addresses that these are or that their names have, and the names that lead nowhere."""
    found: list[IPv4Address] = []
    unknown: list[str] = []
    for text in texts:
        address = _address(text)
        if address is not None:
            found.append(address)
        elif known := names.get(text):
            found += known
        else:
            unknown.append(text)
    return found, unknown


def names_in(phone: PhoneParameters) -> list[str]:
    """The servers of a string that are given by name, file servers first."""
    servers = (*phone.tls.servers, *phone.http.servers, *phone.tftp.servers, *phone.gatekeepers)
    return [text for text in dict.fromkeys(servers) if _address(text) is None]


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None
