"""Aliases of a config.xml: names for addresses and ports, and the words that stand for networks.

From the pfSense documentation ("Aliases") and the OPNsense manual ("Aliases"). What an alias takes from
a URL, a country, a host's name or the neighbours of an interface is known at run time alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.firewalls.common.address_types import NOT_OWN
from ringfence.firewalls.common.reading import Objects, Reference
from ringfence.firewalls.common.xml_tree import XmlNode
from ringfence.firewalls.opnsense.ports import XmlPorts, switched_on
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Intervals, joined, networks
from ringfence.policy.terms import EVERYWHERE, Addresses, number, prefix, prefix_or_span, union

_ADDRESSES = frozenset({"host", "network", "networkgroup"})


@dataclass(slots=True)
class XmlAliases:
    """`assumed` gathers the sentences on which the meaning of a word rests."""

    hosts: Objects[Addresses]
    ports: Objects[Intervals]
    own: XmlPorts
    assumed: dict[str, None]

    def host(self, word: str) -> Addresses:
        """One word of a rule's end: an address, an alias, an interface's network, the firewall itself."""
        if word in {"any", ""}:
            return EVERYWHERE
        if word == "(self)" or (word.endswith("ip") and word[:-2] in self.own.names.values()):
            self.assumed[NOT_OWN] = None
            return {}
        if word in self.hosts.members:
            return self.hosts.find(word)
        if word in self.own.names.values():
            return self._network_of(word)
        return prefix_or_span(word)

    def _network_of(self, name: str) -> Addresses:
        nets = self.own.networks.get(name, [])
        if not nets or (name in self.own.outer and self.own.outer[name].value("ipaddr")[:1].isalpha()):
            raise NotUnderstood(f"the network of {name} is given at run time")
        return {
            v: networks(net for net in nets if net.version == v) for v in sorted({n.version for n in nets})
        }

    def port(self, word: str) -> Intervals:
        """`80`, `1000-2000`, `1000:2000`, or an alias."""
        if word in self.ports.members:
            return self.ports.find(word)
        first, mark, last = word.replace(":", "-").partition("-")
        low = number(first)
        high = number(last) if mark else low
        if low > high:
            raise NotUnderstood(f"port range {word[:40]} is reversed")
        return ((low, high),)


def xml_aliases(root: XmlNode, own: XmlPorts) -> XmlAliases:
    found = XmlAliases(
        Objects("alias", union), Objects("alias", lambda parts: joined(i for p in parts for i in p)), own, {}
    )
    for node in _aliases(root):
        name, kind = node.value("name"), node.value("type")
        words = (node.value("content") or node.value("address")).replace(",", " ").split()
        if kind == "port":
            found.ports.define(name)
            for word in words:
                found.ports.add_read(name, _port_or_name, found, word)
        else:
            found.hosts.define(name)
            for word in words:
                found.hosts.add_read(name, _host_or_name, kind, word)
    return found


def _aliases(root: XmlNode) -> Iterator[XmlNode]:
    yield from root.all("aliases", "alias")
    for node in root.all("OPNsense", "Firewall", "Alias", "aliases", "alias"):
        if node.first("enabled") is None or switched_on(node.first("enabled")):
            yield node


def _port_or_name(found: XmlAliases, word: str) -> Intervals | Reference:
    try:
        return found.port(word)
    except NotUnderstood:
        if word[:1].isdigit():
            raise
        return Reference(word)


def _host_or_name(kind: str, word: str) -> Addresses | Reference:
    """A name is another alias, or a host; which of them is found out when it is asked for."""
    if kind not in _ADDRESSES:
        raise NotUnderstood(f"an alias of type {kind[:40]}, whose members are known at run time")
    if word.startswith("!"):
        raise NotUnderstood("a member that is taken away")
    try:
        return prefix(word) if "-" not in word else prefix_or_span(word)
    except NotUnderstood:
        if word[:1].isdigit() or "." in word:
            raise
        return Reference(word)
