"""Address translation at a firewall, and the H.323 inspection that looks into what it translates.

Terms of RFC 2663: one-to-one is basic NAT with static bindings (section 4.1.1), many-to-one is NAPT (section
4.1.2). Inside is what is translated, outside is what the other zone sees.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network

from ringfence.model.address import Address


class NatKind(StrEnum):
    """How inside addresses become outside ones."""

    NONE = "none"
    ONE_TO_ONE = "one-to-one"
    MANY_TO_ONE = "many-to-one"


class InspectionKind(StrEnum):
    """Who looks into RAS and call signalling on their way; `model.inspections` has a row for each."""

    OFF = "off"
    LINUX_HELPER = "linux-helper"
    CISCO_ASA = "cisco-asa"
    FORTIOS = "fortios"
    JUNOS_SRX = "srx"
    PANOS = "panos"


class PhoneAddress(StrEnum):
    """Which address of a phone a gatekeeper uses where packet and message differ, as behind NAT."""

    AS_SEEN = "as-seen"  # the source of the packet
    AS_REGISTERED = "as-registered"  # rasAddress and callSignalAddress of the message


@dataclass(frozen=True, slots=True)
class Nat:
    """What a firewall does with addresses of `source` in packets between two of its zones.

    One-to-one: each of `inside` is a network as large as its counterpart in `outside`, host for host.
    Many-to-one: `outside` is one address.
    """

    source: str
    destination: str
    kind: NatKind
    inside: tuple[IPv4Network, ...] = ()
    outside: tuple[IPv4Network, ...] = ()

    def outward(self, address: Address) -> Address:
        """The address as the other zone sees it; itself where it is not translated."""
        for number, network in enumerate(self.inside):
            if address in network:
                many = self.kind is NatKind.MANY_TO_ONE
                return self.outside[0][0] if many else _moved(address, network, self.outside[number])
        return address

    def inward(self, address: Address) -> Address:
        """The inside address of an outside one, where it can be told from it alone; else itself."""
        if self.kind is NatKind.ONE_TO_ONE:
            for number, network in enumerate(self.outside):
                if address in network:
                    return _moved(address, network, self.inside[number])
        return address

    def outward_networks(self, networks: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
        """The same of networks, each of which is translated as a whole or not at all."""
        return tuple(dict.fromkeys(self._seen(network) for network in networks))

    def _seen(self, network: IPv4Network) -> IPv4Network:
        first = self.outward(network[0])
        if first == network[0] or not isinstance(first, IPv4Address):
            return network
        return IPv4Network((first, 32 if self.kind is NatKind.MANY_TO_ONE else network.prefixlen))


def _moved(address: Address, network: IPv4Network, to: IPv4Network) -> IPv4Address:
    """The host of `to` that has the same number as this one of `network`."""
    return IPv4Address(int(to.network_address) + int(address) - int(network.network_address))


@dataclass(frozen=True, slots=True)
class NatRule:
    """Translate the inside addresses of `nat` in packets to and from these networks."""

    nat: Nat
    peers: tuple[IPv4Network, ...]

    def concerns(self, peer: Address) -> bool:
        return any(peer in network for network in self.peers)
