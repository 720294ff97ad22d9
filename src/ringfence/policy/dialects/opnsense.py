"""OPNsense: the bodies of API calls that add filter rules.

Written from the OPNsense API reference, "Firewall" (filter/savepoint, filter/addRule, filter/apply,
filter/cancelRollback) and the fields of its Filter model.
"""

import json

from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.policy import Policy, Rule
from ringfence.policy.dialects.capability import FULL, Capability, Need
from ringfence.policy.dialects.document import Crossing, Device, Rendered, crossings
from ringfence.policy.dialects.naming import checked_id, checked_stem
from ringfence.policy.dialects.screening import screen
from ringfence.policy.dialects.shape import UNVERIFIED, is_icmp, pairs, word

# The ICMP type field is not in every release's API: a type is refused and not left out.
CAPABILITY = Capability("opnsense", FULL - {Need.ICMP_TYPE}, zones=True)


def write(policy: Policy, device: Device) -> Rendered:
    """One JSON object a line, each the body of an addRule call; zones are interfaces (lan, opt1)."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name)
    found = [crossing for rule in policy.rules for crossing in crossings(rule, device)]
    bodies = [body for crossing in found for body in _bodies(stem, crossing, device)]
    lines = [json.dumps({"rule": {"sequence": str(n), **body}}) for n, body in enumerate(bodies, start=1)]
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            "curl -u KEY:SECRET -X POST https://FIREWALL/api/firewall/filter/savepoint  # remember the "
            "revision",
            f"while read -r body; do curl -u KEY:SECRET -H 'Content-Type: application/json' -d \"$body\" "
            f"https://FIREWALL/api/firewall/filter/addRule; done < {stem}.json",
            "curl -u KEY:SECRET -X POST https://FIREWALL/api/firewall/filter/apply/REVISION",
            "curl -u KEY:SECRET -X POST https://FIREWALL/api/firewall/filter/cancelRollback/REVISION",
        ),
        verify=(f"curl -u KEY:SECRET 'https://FIREWALL/api/firewall/filter/searchRule?searchPhrase={stem}'",),
        rollback=("curl -u KEY:SECRET -X POST https://FIREWALL/api/firewall/filter/revert/REVISION",),
        notes=(
            UNVERIFIED,
            "without cancelRollback within 60 seconds the firewall takes everything back",
            "addRule adds every time: if searchRule finds this set already, delete it "
            "(filter/delRule/UUID) before "
            "the apply; rules only change at the apply",
            "an interface's own rules still follow: what no rule here passes is dropped only if they do "
            "not pass it",
            "states outlive a removed rule: Firewall > Diagnostics > States",
        ),
        widenings=widenings,
    )


def _bodies(stem: str, crossing: Crossing, device: Device) -> list[dict[str, str]]:
    rule = crossing.rule
    return [
        {
            "enabled": "1",
            "action": word(rule, "pass", "block"),
            "quick": "1",
            "interface": crossing.source_zone,
            "direction": "in",
            "ipprotocol": "inet" if rule.version == 4 else "inet6",
            "protocol": _protocol(rule),
            **_end("source", source, rule.source_ports),
            **_end("destination", destination, rule.destination_ports),
            "log": "1" if device.log else "0",
            "description": f"{stem} {checked_id(crossing.id)}",
        }
        for source, destination in pairs(rule)
    ]


def _protocol(rule: Rule) -> str:
    if is_icmp(rule):
        return "ICMP" if rule.version == 4 else "IPV6-ICMP"
    return rule.protocol.word.upper()


def _end(end: str, network: Network, ports: PortRange) -> dict[str, str]:
    port = {} if ports == ANY_PORT else {f"{end}_port": str(ports)}
    return {f"{end}_net": str(network), **port}
