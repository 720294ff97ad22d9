"""iptables: our own chain in iptables-restore format.

Written from iptables(8), iptables-extensions(8) and iptables-restore(8) 1.8.9; the tests give the text to
`iptables-restore --test`.
"""

from typing import NamedTuple

from ringfence.firewalls.common.annotation import header, remarks
from ringfence.firewalls.common.capability import FULL, Capability
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.linux import HELPERS, timed
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import is_icmp, one_family, pairs, shape_word, versioned
from ringfence.model.address import ANY_PORT, PortRange
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy, Rule

CAPABILITY = Capability("iptables", FULL, stateless=True, exclusive=True)
# 10 a second are enough to see what is amiss; a scan must not fill the disk.
_LOG_RATE = "-m limit --limit 10/second --limit-burst 20"


def write(policy: Policy, device: Device) -> Rendered:
    """The chain as text. Raises InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    version = one_family(policy, CAPABILITY.target)
    gate = _chain_name(device)
    tool = "iptables" if version == 4 else "ip6tables"
    # What goes between the zones is sent on into a chain of its own; all else comes back from the gate.
    chain = gate if device.exclusive else f"{gate}-set"
    body = [*(f":{name} - [0:0]" for name in dict.fromkeys((gate, chain)))]
    if not device.exclusive:
        body += [f"-A {gate} {jump} -j {chain}" for jump in _between(policy, device, version)]
    if policy.stateful:
        body += [
            f"-A {chain} -m conntrack --ctstate ESTABLISHED -j ACCEPT",
            f"-A {chain} -m conntrack --ctstate INVALID -j DROP",
        ]
    for rule in policy.rules:
        body += [*remarks(rule, "#"), *(f"-A {chain} {line}" for line in rule_specs(rule))]
    body += [f"-A {chain} {line}" for line in _final(device)]
    # With --noflush, declaring a user chain empties that chain and no other: loading twice changes nothing.
    title = header(policy, device, "#", f"{tool}-restore", zones=not device.exclusive)
    commands = _commands(tool, gate, chain, f"{versioned(device.name, policy)}.before")
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join([*title, "*filter", *body, "COMMIT"]) + "\n",
        apply=commands.apply,
        verify=(f"{tool} -S {chain}", f"{tool} -C FORWARD -j {gate}"),
        rollback=commands.rollback,
        notes=(
            "the chain ends in a drop and stands first: what no rule here permits is not forwarded"
            if device.exclusive
            else "what no rule permits is dropped between these zones; all other traffic returns from the "
            "chain to the rules that follow",
            f"only IPv{version} is filtered",
            HELPERS,
            "open flows stay open after a rule is removed: conntrack -D -s <ADDRESS> (or conntrack -F in a "
            "maintenance window)",
            "it is lost at the next boot: netfilter-persistent save, or the way of your distribution",
            "a successful iptables-restore --test proves little: iptables accepts rules that block what "
            "they should pass",
        ),
        widenings=widenings,
        running="\n".join(["*filter", ":FORWARD ACCEPT [0:0]", *body, f"-A FORWARD -j {gate}", "COMMIT", ""]),
    )


def _chain_name(device: Device) -> str:
    name = checked_stem(device.name)
    if name.isupper():
        raise InputError(
            f"{name!r} is, or may become, the name of a built-in chain or target",
            where="device name",
            remedy="use small letters",
        )
    return name


def _between(policy: Policy, device: Device, version: int) -> list[str]:
    return [
        f"-s {source} -d {destination}"
        for pair in zone_pairs(policy, device)
        for source, destination in pair.ways
        if source.version == version
    ]


class _Commands(NamedTuple):
    apply: tuple[str, ...]
    rollback: tuple[str, ...]


def _commands(tool: str, gate: str, chain: str, before: str) -> _Commands:
    """How it is put in force, and how what was there before is."""
    path = f"{gate}.{tool}"
    jump = f"FORWARD -j {gate}"
    ours = dict.fromkeys((gate, chain, f"{gate}-set"))
    earlier = (
        f"{{ echo '*filter'; grep -E '^(:|-A )({'|'.join(ours)}) ' {before}; echo COMMIT; }} | "
        f"{tool}-restore --noflush"
    )
    emptied = "; ".join(f"{tool} -{verb} {name}" for verb in "FX" for name in dict.fromkeys((gate, chain)))
    undo = (
        f"grep -qxe '-A {jump}' {before} || {tool} -D {jump}; "
        f"if grep -q '^:{gate} ' {before}; then {earlier}; else {emptied}; fi"
    )
    load = (
        f"{tool}-restore --noflush < {path}",
        f"{tool} -C {jump} || {tool} -I FORWARD 1 -j {gate}",
    )
    return _Commands(
        apply=(
            f"test -e {before} || {tool}-save -t filter > {before}",
            f"{tool}-restore --noflush --test < {path}",
            *timed(gate, undo, load),
        ),
        rollback=(f"{undo}  # our chains as they were before, or none; no other is touched",),
    )


def _final(device: Device) -> list[str]:
    # A log prefix holds 29 characters; the stem has at most 24.
    if device.log_group is not None:
        log = [f'-j NFLOG --nflog-group {device.log_group} --nflog-prefix "{device.name} "']
    else:
        log = [f'{_LOG_RATE} -j LOG --log-prefix "{device.name} "'] if device.log else []
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
