"""What in an option 242 or 176 string parses and yet means nothing that a phone can use."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from ipaddress import AddressValueError, IPv4Address

from ringfence.model.defaults import DISCOVERY_PORT, RAS_PORT, SIGNALLING_PORT, SIGNALLING_TLS_PORT

# Those of the manuals and of Wireshark's dissector; sets take more from the settings file.
# fmt: off
KNOWN_NAMES = frozenset({
    "MCIPADD", "MCPORT", "HTTPSRVR", "HTTPPORT", "HTTPDIR", "TLSSRVR", "TLSPORT", "TLSDIR", "TLSSRVRID",
    "TLSSRVRVERIFYID", "TFTPSRVR", "TFTPDIR", "L2Q", "L2QVLAN", "L2QAUD", "L2QSIG", "VLANTEST", "VLANSEP",
    "PHY1STAT", "PHY2STAT", "PHY2VLAN", "PHY2PRIO", "ICMPDU", "ICMPRED", "DHCPSTD", "MTU_SIZE", "LOGSRVR",
    "LOGLOCAL", "PROCPSWD", "PROCSTAT", "SNMPADD", "SNMPSTRING", "DOT1X", "DOT1XSTAT", "STATIC",
    "REREGISTER", "UNNAMEDSTAT", "DSCPAUD", "DSCPSIG", "RTCPMON", "RTCPMONPORT", "GRATARP", "GRATNAV4",
    "TPSLIST", "PUSHPORT", "PUSHCAP", "REUSETIME", "SIG", "SIG_PORT", "BRURI", "NVVPNMODE", "SNTPSRVR",
    "GMTOFFSET", "AGTACTIVESK", "ADMIN_PASSWORD", "SIP_CONTROLLER_LIST", "SIPDOMAIN", "SIPPROXYSRVR",
    "SIPREGPROXYPOLICY", "SIPPORT", "SIPSIGNAL", "DNSSRVR", "DOMAIN", "USE_DHCP", "IPADD", "NETMASK",
    "ROUTER", "SSON",
})
# fmt: on
SIP_NAMES = frozenset({"SIP_CONTROLLER_LIST", "SIPDOMAIN", "SIPPROXYSRVR", "SIPREGPROXYPOLICY", "SIPPORT"})
# Lists of servers, and where what does not belong in them goes.
_SERVERS = {"MCIPADD": "MCPORT", "HTTPSRVR": "HTTPPORT", "TLSSRVR": "TLSPORT", "TFTPSRVR": "no parameter"}
_PORTS = frozenset({"MCPORT", "HTTPPORT", "TLSPORT"})
_LONGEST_LIST = 127  # 4600 LAN administrator guide p. 51, 96x1 SIP guide p. 26
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")  # RFC 1123 section 2.1, and the underscore
_LIKENESS = 0.8  # of two names, by difflib's measure: one letter more, less or other in six. Assumed.
_NOT_RAS = {
    SIGNALLING_PORT: f"tcp {SIGNALLING_PORT} is call signalling",
    SIGNALLING_TLS_PORT: f"tcp {SIGNALLING_TLS_PORT} is call signalling over TLS",
    DISCOVERY_PORT: f"udp {DISCOVERY_PORT} is multicast discovery",
    5060: "5060 is SIP",
    5061: "5061 is SIP over TLS",
}


def value_complaints(name: str, value: str) -> Iterator[str]:
    """What is wrong with one parameter, whatever the others are."""
    if name not in KNOWN_NAMES:
        near = get_close_matches(name, sorted(KNOWN_NAMES), 1, _LIKENESS)
        if near:
            yield f"{name} is not a known parameter; {near[0]} is"
    if "\\" in value:
        yield f"{name}={value}: a backslash, which a server's configuration may need and phones do not"
    after = [part.partition("=")[0] for part in value.split(";")[1:]]
    if after and (name in _SERVERS or KNOWN_NAMES & set(after)):
        yield f"{name}={value}: a semicolon; parameters and the items of a list are separated by commas"
    elif name in _SERVERS and "\\" not in value:
        for item in filter(None, (each.strip() for each in value.split(","))):
            complaint = _server_complaint(name, item)
            if complaint:
                yield complaint
    if name in _SERVERS and len(value) > _LONGEST_LIST:
        yield f"{name}: {len(value)} characters; the manuals promise {_LONGEST_LIST} of a list"
    if name in _PORTS and value.isdecimal() and not int(value[:9]):
        yield f"{name}=0 is no port"
    if name == "MCPORT" and value.isdecimal() and int(value[:9]) in _NOT_RAS:
        yield f"MCPORT={value}: {_NOT_RAS[int(value[:9])]}; it is the port of RAS, udp {RAS_PORT}"


def usable_server(item: str) -> bool:
    """Whether a phone can take it for an address or a name."""
    return bool(item) and not _server_complaint("MCIPADD", item) and not set(item) & set("\\;\"' ")


def _server_complaint(name: str, item: str) -> str:
    if "://" in item or "/" in item:
        return f"{name}: {item} is a URL; it takes addresses or names alone"
    host, colon, port = item.partition(":")
    if colon:
        return (
            f"{name}: {item} has a port; that goes into {_SERVERS[name]}"
            if port.isdecimal()
            else f"{name}: {item} is neither an address nor a name"
        )
    if set(host) <= set("0123456789."):
        return _address_complaint(name, host)
    if host.strip("'\"") != host:
        return f"{name}: {item} is in quotes that phones take for part of it"
    if not all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split(".")):
        return f"{name}: {item} is neither an address nor a name"
    return ""


def _address_complaint(name: str, host: str) -> str:
    try:
        address = IPv4Address(host)
    except AddressValueError:
        return f"{name}: {host} is no IPv4 address"
    if address.is_unspecified or address.is_multicast or address.is_loopback or address.is_reserved:
        return f"{name}: {host} is no host's address"
    return ""


def no_gatekeeper(names: Sequence[str], gatekeepers: Sequence[str]) -> str:
    """Why a string leads to no gatekeeper; empty where it leads to one."""
    if any(map(usable_server, gatekeepers)):
        return ""
    if "MCIPADD" in names:
        return f"MCIPADD={','.join(gatekeepers)} names no gatekeeper that a phone can use"
    if SIP_NAMES & set(names):
        return "it is for SIP, and no MCIPADD can be read in it"
    return "no MCIPADD can be read in it"
