"""Rules and packets in the words a firewall engineer would type."""

from ringfence.model.address import ANY_PORT, EPHEMERAL, Network, PortRange
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST
from ringfence.model.policy import Rule

_ICMP = {ECHO_REPLY: "echo-reply", ECHO_REQUEST: "echo-request"}
_MOST_NETWORKS = 8  # a line that a person still reads
_SHOWN_OF_MANY = 3


def rule_words(rule: Rule) -> str:
    """`udp 10.255.0.1:67 -> 10.1.0.10:67`, `tcp 10.20.0.0/24:any -> 10.1.0.20:80`."""
    source, destination = networks_words(rule.source), networks_words(rule.destination)
    if rule.protocol.word.startswith("icmp"):
        kind = "any type" if rule.icmp_type is None else _ICMP.get(rule.icmp_type, f"type {rule.icmp_type}")
        return f"{rule.protocol.word} {kind} {source} -> {destination}"
    return (
        f"{rule.protocol.word} {source}{_port(rule.source_ports)}"
        f" -> {destination}{_port(rule.destination_ports)}"
    )


def networks_words(networks: tuple[Network, ...]) -> str:
    """Hosts without a mask, several in brackets; of many the first ones and how many there are."""
    words = [
        "any"
        if network.prefixlen == 0
        else str(network.network_address)
        if network.prefixlen == network.max_prefixlen
        else str(network)
        for network in (networks if len(networks) <= _MOST_NETWORKS else networks[:_SHOWN_OF_MANY])
    ]
    if len(networks) > _MOST_NETWORKS:
        words.append(f"and {len(networks) - _SHOWN_OF_MANY} more")
    return words[0] if len(words) == 1 else "{" + ", ".join(words) + "}"


def _port(ports: PortRange) -> str:
    if ports == ANY_PORT:
        return ""
    return ":>1023" if ports == EPHEMERAL else f":{ports}"
