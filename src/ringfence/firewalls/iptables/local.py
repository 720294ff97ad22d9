"""iptables: rules for INPUT and OUTPUT of a box that is relay agent or DHCP server itself."""

from collections.abc import Iterator, Sequence

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.local import needed_words, own_rule
from ringfence.firewalls.iptables.write import rule_specs
from ringfence.model.own_traffic import OwnTraffic


def chain_commands(own: Sequence[OwnTraffic], _device: Device) -> Iterator[str]:
    """`iptables -I` for each, at the chain that it meets."""
    for each in own:
        yield f"# for {needed_words(each)}: {each.flow.dialogue}"
        chain = "OUTPUT" if each.outward else "INPUT"
        for spec in rule_specs(own_rule(each)):
            yield f"iptables -I {chain} {spec}"
