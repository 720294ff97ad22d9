"""iptables: our own chain in iptables-restore format.

Written from iptables(8), iptables-extensions(8) and iptables-restore(8) 1.8.9; the tests give the text to
`iptables-restore --test`.
"""

from ringfence.firewalls.common.annotation import header, remarks
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import is_icmp, one_family, pairs, shape_word
from ringfence.model.address import ANY_PORT, PortRange
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability("iptables", FULL, stateless=True)


def write(policy: Policy, device: Device) -> Rendered:
    """The chain as text. Raises InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    version = one_family(policy, CAPABILITY.target)
    chain = checked_stem(device.name)
    tool = "iptables" if version == 4 else "ip6tables"
    path = f"{device.name}.{tool}"
    # With --noflush, declaring a user chain empties that chain and no other: loading twice changes nothing.
    lines = [*header(policy, device, "#", f"{tool}-restore"), "*filter", f":{chain} - [0:0]"]
    if policy.stateful:
        lines += [
            f"-A {chain} -m conntrack --ctstate ESTABLISHED -j ACCEPT",
            f"-A {chain} -m conntrack --ctstate INVALID -j DROP",
        ]
    for rule in policy.rules:
        lines += [*remarks(rule, "#"), *(f"-A {chain} {line}" for line in rule_specs(rule))]
    lines += [f"-A {chain} {line}" for line in _final(device)]
    jump = f"FORWARD -j {chain}"
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join([*lines, "COMMIT"]) + "\n",
        apply=(
            f"{tool}-save > {path}.before",
            f"{tool}-restore --noflush --test < {path}",
            f"{tool}-restore --noflush < {path}",
            f"{tool} -C {jump} || {tool} -I FORWARD 1 -j {chain}",
        ),
        verify=(f"{tool} -S {chain}", f"{tool} -C {jump}"),
        rollback=(
            f"# what was there before, whole: {tool}-restore < {path}.before; or without our chain alone:",
            f"{tool} -D {jump}",
            f"{tool} -F {chain}",
            f"{tool} -X {chain}",
        ),
        notes=(
            f"what no rule here permits is dropped: traffic of other purposes must be accepted before {jump}",
            f"only IPv{version} is filtered",
            "no helper must be assigned to these ports: iptables -t raw -S | grep CT, "
            "and sysctl net.netfilter.nf_conntrack_helper must be 0",
            "open flows outlive a removed rule: conntrack -D -s ADDRESS (or conntrack -F in a quiet hour)",
            "a clean restore-test is no proof: iptables accepts rules that block what they should pass",
        ),
        widenings=widenings,
    )


def _final(device: Device) -> list[str]:
    # A log prefix holds 29 characters; the stem has at most 24.
    if device.log_group is not None:
        log = [f'-j NFLOG --nflog-group {device.log_group} --nflog-prefix "{device.name} "']
    else:
        log = [f'-j LOG --log-prefix "{device.name} "'] if device.log else []
    return [*log, "-j DROP"]


def rule_specs(rule: Rule) -> list[str]:
    """The rule as what stands behind `-A CHAIN`, one line for each pair of addresses."""
    tail = (
        f"{_service(rule)} -m comment --comment {checked_id(rule.id)} -j {shape_word(rule, 'ACCEPT', 'DROP')}"
    )
    return [f"-s {source} -d {destination} {tail}" for source, destination in pairs(rule)]


def _service(rule: Rule) -> str:
    if is_icmp(rule):
        name, match, option = (
            ("icmp", "icmp", "--icmp-type") if rule.version == 4 else ("ipv6-icmp", "icmp6", "--icmpv6-type")
        )
        return f"-p {name}" if rule.icmp_type is None else f"-p {name} -m {match} {option} {rule.icmp_type}"
    protocol = rule.protocol.word
    parts = [f"-p {protocol} -m {protocol}"]
    if rule.source_ports != ANY_PORT:
        parts.append(f"--sport {_ports(rule.source_ports)}")
    if rule.destination_ports != ANY_PORT:
        parts.append(f"--dport {_ports(rule.destination_ports)}")
    return " ".join(parts)


def _ports(ports: PortRange) -> str:
    return str(ports.first) if ports.first == ports.last else f"{ports.first}:{ports.last}"
