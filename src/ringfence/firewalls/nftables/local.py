"""nftables: rules for the input and output chains of a box that is relay agent or DHCP server itself.

Which program needs which is measured; nft(8), "CHAINS": an accept in another table would not overrule a drop.
"""

from collections.abc import Iterator, Sequence

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.local import needed_words, own_rule
from ringfence.firewalls.nftables.write import rule_lines
from ringfence.model.own_traffic import OwnTraffic


def hook_commands(own: Sequence[OwnTraffic], _device: Device) -> Iterator[str]:
    """`nft insert rule` for each, at the hook that it meets."""
    for each in own:
        yield f"# for {needed_words(each)}: {each.flow.dialogue}"
        hook = "output" if each.outward else "input"
        for line in rule_lines(own_rule(each)):
            yield f"nft insert rule inet filter {hook} '{line}'"
