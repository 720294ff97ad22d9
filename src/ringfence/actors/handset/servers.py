"""The servers that a handset is told of, by DHCP and by its settings file, as addresses."""

from collections.abc import Mapping
from ipaddress import IPv4Address

from ringfence.actors.files.config import FileSource
from ringfence.model.address import TransportAddress
from ringfence.model.site import Scheme
from ringfence.wire.phone_options import Parameter, PhoneParameters


def merged_parameters(phone: PhoneParameters, settings: Mapping[str, str]) -> PhoneParameters:
    """The settings file is read last, so it wins over DHCP."""
    return PhoneParameters(tuple(Parameter(*each) for each in settings.items())).over(phone)


def file_sources(phone: PhoneParameters) -> tuple[tuple[FileSource, ...], list[str]]:
    """Where to fetch files from, HTTPS first; and the servers given by name."""
    found: list[FileSource] = []
    unknown: list[str] = []
    for servers, scheme in (
        (phone.tls, Scheme.HTTPS),
        (phone.http, Scheme.HTTP),
        (phone.tftp, Scheme.TFTP),
    ):
        literal, names = addresses(servers.servers)
        found += [FileSource(TransportAddress(ip, servers.port), scheme, servers.directory) for ip in literal]
        unknown += names
    return tuple(found), unknown


def addresses(texts: tuple[str, ...]) -> tuple[list[IPv4Address], list[str]]:
    """Which of these are addresses, and which are not."""
    found: list[IPv4Address] = []
    names: list[str] = []
    for text in texts:
        try:
            found.append(IPv4Address(text))
        except ValueError:
            names.append(text)
    return found, names
