"""What `ringfence init` asks, in order; each answer is checked when it is given, by those before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TypeAlias

from ringfence.model.defaults import HTTP_PORT, HTTPS_PORT, RAS_SOURCE_ANY, TFTP_PORT
from ringfence.model.language.reading import written_ports
from ringfence.model.site import CallControl, Family, RelaySource, Scheme

Answers: TypeAlias = Mapping[str, str]
"""By the question's name; an answer that was not needed is missing."""

THE_FIREWALL = "firewall"  # answer of `router`


def _nothing(_: Answers) -> str | None:
    return None


def _always(_: Answers) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class SiteQuestion:
    """`check` gives what is wrong with an answer, empty where nothing is. `accepted`: said with each question
    and each refusal. `default` None: an answer is needed. `needed` says by the answers before whether it is
    asked at all.
    """

    name: str
    ask: str
    accepted: str
    check: Callable[[str, Answers], str]
    default: Callable[[Answers], str | None] = _nothing
    needed: Callable[[Answers], bool] = _always

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def always(self) -> bool:
        """Whether it is asked whatever was answered before, and has no default."""
        return self.default is _nothing and self.needed is _always


@dataclass(frozen=True, slots=True)
class FilesAnswer:
    """A file server as it is answered: SCHEME://ADDRESS:PORT, scheme and port where they are not HTTP and its
    usual one."""

    scheme: Scheme
    address: IPv4Address
    port: int


_USUAL = {Scheme.HTTP: HTTP_PORT, Scheme.HTTPS: HTTPS_PORT, Scheme.TFTP: TFTP_PORT}


def words(answer: str) -> list[str]:
    """The items of a list answer."""
    return answer.replace(",", " ").split()


def addresses_of(answer: str) -> list[IPv4Address]:
    """ValueError where one is none."""
    return [IPv4Address(each) for each in words(answer)]


def file_servers_of(answer: str) -> list[FilesAnswer]:
    """ValueError where one is none."""
    return [_file_server(each) for each in words(answer)]


def _file_server(text: str) -> FilesAnswer:
    scheme, mark, rest = text.partition("://")
    kind = Scheme(scheme) if mark else Scheme.HTTP
    host, colon, port = (rest if mark else text).rstrip("/").partition(":")
    number = int(port) if colon else _USUAL[kind]
    if not 1 <= number <= 65_535 or (kind is Scheme.TFTP and number != TFTP_PORT):
        raise ValueError(port)
    return FilesAnswer(kind, IPv4Address(host), number)


def relayed(answers: Answers) -> bool:
    """Whether a relay agent on a router that is no firewall asks for the phones."""
    networks = [IPv4Network(answers[key]) for key in ("voice", "data") if answers.get(key)]
    away = any(each not in network for each in addresses_of(answers["dhcp"]) for network in networks)
    return answers["router"] != THE_FIREWALL and away


def _network(text: str, _: Answers) -> str:
    try:
        network = IPv4Network(text)
    except ValueError:
        return f"{text!r} is no network"
    return "" if network.prefixlen <= 28 else f"{network} has no room for phones"


def _data(text: str, before: Answers) -> str:
    if not text:
        return ""
    wrong = _network(text, before)
    if not wrong and IPv4Network(text).overlaps(IPv4Network(before["voice"])):
        return f"{text} and {before['voice']} overlap"
    return wrong


def _number(text: str, _: Answers) -> str:
    right = text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) <= 4094
    return "" if right else f"{text!r} is no VLAN id"


def _router_in(key: str) -> Callable[[str, Answers], str]:
    def check(text: str, before: Answers) -> str:
        if text == THE_FIREWALL and key == "voice":
            return ""
        wrong = _address(text, before)
        return wrong or (
            "" if IPv4Address(text) in IPv4Network(before[key]) else f"{text} is not in {before[key]}"
        )

    return check


def _address(text: str, _: Answers) -> str:
    try:
        IPv4Address(text)
    except ValueError:
        return f"{text!r} is no address"
    return ""


def _relay(text: str, before: Answers) -> str:
    return "" if text == RelaySource.GIADDR.value else _address(text, before)


def _some(text: str, before: Answers) -> str:
    return _some_or_none(text, before) if words(text) else "none is given"


def _some_or_none(text: str, before: Answers) -> str:
    return next((wrong for each in words(text) if (wrong := _address(each, before))), "")


def _firewall(text: str, before: Answers) -> str:
    few = 1 if before["router"] == THE_FIREWALL else 2
    wrong = _some(text, before)
    return wrong or ("" if len(words(text)) >= few else "one address is not on both sides")


def _files(text: str, _: Answers) -> str:
    for each in words(text):
        try:
            _file_server(each)
        except ValueError:
            return f"{each!r} is no file server"
    return ""


def _ports(text: str, _: Answers) -> str:
    try:
        written_ports(text)
    except ValueError:
        return f"{text!r} are no ports"
    return ""


def _one_of(words_: list[str]) -> Callable[[str, Answers], str]:
    return lambda text, _: "" if text in words_ else f"{text!r} is none of them"


def _name(text: str, _: Answers) -> str:
    right = text.isascii() and 0 < len(text) <= 40 and all(each.isalnum() or each in "._-" for each in text)
    return "" if right else f"{text!r} is no name"


_SIGNALLING = [each.value for each in CallControl]
_FAMILIES = [each.value for each in Family]

QUESTIONS = (
    SiteQuestion("site", "Name of the site", "letters, digits and ._-, at most 40", _name, lambda _: "site"),
    SiteQuestion(
        "voice", "Network that the phones work in", "a network of /28 or larger: 10.20.0.0/24", _network
    ),
    SiteQuestion(
        "vlan", "Its VLAN id, 0 where frames are untagged at the phone", "0-4094", _number, lambda _: "0"
    ),
    SiteQuestion(
        "data",
        "Network that they boot in, if option 242/176 sends them to that VLAN",
        "a network, or nothing where they are in the first one at once (access port, LLDP-MED)",
        _data,
        lambda _: "",
        lambda before: before["vlan"] != "0",
    ),
    SiteQuestion(
        "router",
        "Their router there",
        "its address, or `firewall` where the firewall is router and relay agent itself",
        _router_in("voice"),
        lambda _: THE_FIREWALL,
    ),
    SiteQuestion(
        "data_router",
        "The router of the network that they boot in",
        "its address",
        _router_in("data"),
        lambda before: str(IPv4Network(before["data"])[1]),
        lambda before: bool(before.get("data")) and before["router"] != THE_FIREWALL,
    ),
    SiteQuestion(
        "firewall",
        "The firewall's own addresses, one towards each side; as router those towards the servers are enough",
        "addresses, with commas between",
        _firewall,
    ),
    SiteQuestion("dhcp", "DHCP servers", "addresses, with commas between", _some),
    SiteQuestion(
        "relay",
        "Address that the router's relay agent asks them from",
        "an address, or `giaddr` where it is the router's address in the VLAN",
        _relay,
        needed=relayed,
    ),
    SiteQuestion(
        "uplink",
        "The router's address towards the firewall",
        "an address",
        _address,
        needed=lambda before: before.get("relay") == RelaySource.GIADDR.value,
    ),
    SiteQuestion(
        "files",
        "File servers in the order in which phones try them",
        "ADDRESS, https://ADDRESS:411, tftp://ADDRESS (46xx), with commas between, or nothing",
        _files,
        lambda _: "",
    ),
    SiteQuestion(
        "gatekeepers",
        "Gatekeepers (Communication Manager, IP Office) in the order in which phones try them",
        "addresses, with commas between",
        _some,
    ),
    SiteQuestion(
        "signalling",
        "Who opens the call-signalling connection: gatekeeper (Communication Manager with time-to-service), "
        "handset (IP Office, plain H.323), handset-tls",
        ", ".join(_SIGNALLING),
        _one_of(_SIGNALLING),
    ),
    SiteQuestion(
        "family", "Family of the phones", ", ".join(_FAMILIES), _one_of(_FAMILIES), lambda _: "96x1"
    ),
    SiteQuestion(
        "ras_ports",
        "Source ports of RAS: 49300 with older firmware, 49300-49309 with newer",
        "a port or a range",
        _ports,
        lambda _: str(RAS_SOURCE_ANY),
    ),
)
