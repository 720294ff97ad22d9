"""What is written for one kind of DHCP server or relay agent: a text, and what a person has to know of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from ringfence.dhcp_servers.scopes import PhoneScope, Scopes
from ringfence.model.errors import InputError
from ringfence.model.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Written:
    """`text` is for the device, `notes` are for the reader: what it cannot do, and who says so."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceNames:
    """What the site does not say: the device's own name of the interface in a network. `made`: by what."""

    interfaces: Mapping[IPv4Network, str] = field(default_factory=dict)
    made: Provenance | None = None

    def interface(self, network: IPv4Network, otherwise: str = "") -> str:
        """InputError where nobody named it; `otherwise` is what the kind of device usually calls it."""
        name = self.interfaces.get(network, otherwise)
        if not name:
            raise InputError(
                f"how the device calls its interface in {network} is not known",
                where="--interface",
                remedy=f"give --interface {network}=NAME",
            )
        return name


UNTESTED = "from the vendor's reference: not loaded into a device by the tests"
EVERYBODY = (
    "no match on the vendor class is written for it: every client that asks for the option gets it, and "
    "only phones ask"
)


def comments(scopes: Scopes, names: DeviceNames, mark: str, kind: str) -> list[str]:
    """Lines for the top of a text; `mark` begins a comment."""
    lines = [
        f"{harmless(scopes.site)}: DHCP for Avaya phones, for {kind} at {scopes.server.address}, by ringfence"
    ]
    lines += [f"made by {names.made}"] if names.made is not None else []
    return [f"{mark} {line}" for line in lines]


def harmless(text: str) -> str:
    """Characters that end no comment, quote or line."""
    return "".join(each if each.isascii() and (each.isalnum() or each in " .,:/_-") else " " for each in text)


def backslashed(text: str, special: str) -> str:
    """Each of these characters with a backslash before it."""
    return "".join(f"\\{each}" if each in special else each for each in text)


def seen_by(scope: PhoneScope) -> str:
    """What stands in a comment above a scope."""
    vlan = f"VLAN {scope.vlan}" if scope.vlan else "untagged at the phone"
    return f"{scope.name}: {scope.network}, {vlan}"


def whole_minutes(scope: PhoneScope) -> int:
    """The lease in minutes; InputError for one that has seconds left over: a longer lease is another."""
    if scope.lease % 60:
        raise InputError(
            f"a lease of {scope.lease} s is not of whole minutes",
            where=scope.name,
            remedy="write lease: in the site as a multiple of 60",
        )
    return scope.lease // 60


def each_once(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
