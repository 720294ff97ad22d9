"""What every writer owes: nothing left out, nothing widened unasked, nothing doubled."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ringfence.firewalls.choose import writable
from ringfence.firewalls.common.capability import Need, Refused
from ringfence.firewalls.common.document import Device, Rendered, Zone
from ringfence.firewalls.common.naming import fit
from ringfence.firewalls.rendering import capability_of, render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT, Network, PortRange, port
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from support.branch_policy import ACCEPTED, BRANCH, DEVICE, branch_for, nets

WRITTEN = writable()
ZONED = [target for target in WRITTEN if capability_of(TARGETS[target]).zones]
PLAIN = [target for target in WRITTEN if target not in ACCEPTED]


def written(target: str, policy: Policy | None = None, device: Device = DEVICE) -> Rendered:
    accepted = ACCEPTED.get(target, frozenset())
    return render_rules(TARGETS[target], policy or branch_for(target), replace(device, widen=accepted))


def permits(text: str) -> Iterator[str]:
    """The lines that can permit: all but those that deny, reject or clean up."""
    for line in text.splitlines():
        if not re.search(r"deny|drop|block|reject|^delete", line, re.IGNORECASE):
            yield line


@pytest.mark.parametrize("target", WRITTEN)
def test_no_line_permits_everyone(target: str) -> None:
    for line in permits(written(target).text):
        assert not re.search(r"\bany4? any|from any|0\.0\.0\.0/0|::/0|srcaddr \"all\"", line), line
        assert not re.search(r"address(_prefix)?(es)? any|AddressPrefix\": \"\*\"", line), line


@pytest.mark.parametrize("target", WRITTEN)
def test_state_never_admits_what_is_only_related(target: str) -> None:
    assert "related" not in written(target).text.lower()


@pytest.mark.parametrize("target", WRITTEN)
def test_established_never_stands_without_addresses_but_as_connection_state(target: str) -> None:
    for line in written(target).text.splitlines():
        if "established" in line.lower():
            assert re.search(r"ct ?state|connection-state", line) or "10.1.0." in line, line


@pytest.mark.parametrize("target", WRITTEN)
def test_every_rule_is_there_under_its_own_name(target: str) -> None:
    text = written(target).text
    for rule in branch_for(target).rules:
        assert rule.id in text, rule.id


@pytest.mark.parametrize("target", WRITTEN)
def test_adjacent_hosts_and_ports_are_not_merged(target: str) -> None:
    text = written(target).text
    assert "10.1.0.30" in text or target.startswith("aws-nacl")
    assert "10.1.0.31" in text or target.startswith("aws-nacl")
    assert "/31" not in text
    assert not re.search(r"1719[-: ]1720", text)


def mutations() -> Iterator[tuple[str, Policy]]:
    """The branch with one thing changed in one rule."""
    for index, rule in enumerate(BRANCH.rules):
        changed = {
            "source": replace(rule, source=tuple(_neighbour(net) for net in rule.source)),
            "destination": replace(rule, destination=tuple(_neighbour(net) for net in rule.destination)),
            "fewer": replace(rule, destination=rule.destination[:1], source=rule.source[:1]),
            "action": replace(rule, action=Action.DENY),
        }
        if rule.protocol is Protocol.ICMP:
            changed["type"] = replace(rule, icmp_type=13)
            changed["every type"] = replace(rule, icmp_type=None)
        else:
            other = Protocol.TCP if rule.protocol is Protocol.UDP else Protocol.UDP
            changed["protocol"] = replace(rule, protocol=other)
            changed["source port"] = replace(rule, source_ports=PortRange(700, 701))
            changed["every source port"] = replace(rule, source_ports=ANY_PORT)
            changed["destination port"] = replace(rule, destination_ports=PortRange(80, 1719))
            changed["every port"] = replace(rule, destination_ports=ANY_PORT)
        for what, new in changed.items():
            if new != rule:
                yield f"{rule.id}: {what}", replace(BRANCH, rules=_at(index, new))


def _at(index: int, rule: Rule) -> tuple[Rule, ...]:
    return (*BRANCH.rules[:index], rule, *BRANCH.rules[index + 1 :])


def _neighbour(net: Network) -> Network:
    """Another network nearby in the same zone."""
    text = str(net)
    for old, new in (("10.1.0.", "10.1.0.1"), ("10.20.0.0/22", "10.20.0.0/23"), ("10.20.0.1/", "10.20.0.9/")):
        if old in text:
            return nets(text.replace(old, new))[0]
    return nets(text.replace("10.9.0.2", "10.9.0.9"))[0]


@pytest.mark.parametrize("target", PLAIN)
def test_whatever_a_rule_says_is_in_the_text_or_refused(target: str) -> None:
    original = render_rules(TARGETS[target], BRANCH, DEVICE).text
    for what, policy in mutations():
        try:
            text = render_rules(TARGETS[target], policy, DEVICE).text
        except InputError:
            continue
        assert text != original, what


@pytest.mark.parametrize("target", WRITTEN)
def test_what_is_lacking_is_refused_by_name_and_given_up_only_on_request(target: str) -> None:
    can = capability_of(TARGETS[target]).can
    samples = {
        Need.SOURCE_PORT: BRANCH.rule("ras"),
        Need.ICMP_TYPE: BRANCH.rule("echo"),
        Need.DENY: replace(BRANCH.rule("files"), action=Action.DENY, source_ports=ANY_PORT),
        Need.IPV6: Rule("six", nets("fd20::/64"), nets("fd01::30"), Protocol.TCP, ANY_PORT, port(80)),
    }
    for need in set(samples) - can:
        policy = Policy("one", (samples[need],))
        with pytest.raises(Refused) as refusal:
            render_rules(TARGETS[target], policy, DEVICE)
        assert refusal.value.target == target
        lacks = refusal.value.lacks
        assert samples[need].id in {lack.rule for lack in lacks if lack.need is need}
        if all(lack.widening for lack in lacks):
            given = frozenset({need, Need.LOCAL_ADDRESS})
            wider = render_rules(TARGETS[target], policy, replace(DEVICE, widen=given)).widenings
            assert need in {item.need for item in wider}
            assert all("also permits" in item.extra for item in wider)


@pytest.mark.parametrize("target", sorted(ACCEPTED))
def test_every_rule_that_lacks_something_is_named_at_once(target: str) -> None:
    with pytest.raises(Refused) as refusal:
        render_rules(TARGETS[target], BRANCH, DEVICE)
    told = f"{refusal.value} {refusal.value.remedy}"
    for need in ACCEPTED[target] - {Need.LOCAL_ADDRESS}:
        lacking = {
            rule.id
            for rule in BRANCH.rules
            if (rule.source_ports != ANY_PORT if need is Need.SOURCE_PORT else rule.icmp_type is not None)
        }
        named = {lack.rule.removesuffix("-reply") for lack in refusal.value.lacks if lack.need is need}
        assert lacking <= named
        assert f"--widen {need}" in refusal.value.remedy
        assert all(id_ in told for id_ in lacking)


def test_a_refusal_of_very_many_rules_stays_readable() -> None:
    rules = tuple(replace(BRANCH.rule("ras"), id=f"ras-{number}") for number in range(500))
    with pytest.raises(Refused) as refusal:
        render_rules(TARGETS["aws-sg"], Policy("many", rules), DEVICE)
    assert len(refusal.value.lacks) == 500
    assert "and 488 more" in str(refusal.value)
    assert len(refusal.value.remedy) < 4000


@pytest.mark.parametrize("target", sorted(ACCEPTED))
def test_a_deny_is_never_widened(target: str) -> None:
    lacking = ACCEPTED[target] & {Need.SOURCE_PORT, Need.ICMP_TYPE}
    base = BRANCH.rule("echo" if Need.ICMP_TYPE in lacking else "ras")
    deny = replace(base, action=Action.DENY, destination=nets("10.1.0.0/24"))
    with pytest.raises(InputError):
        written(target, Policy("p", (deny,)))


@pytest.mark.parametrize("target", WRITTEN)
def test_families_do_not_mix(target: str) -> None:
    cross = Rule("cross", nets("fd20::/64"), nets("fd01::30"), Protocol.ICMP, icmp_type=8)
    with pytest.raises(InputError):
        written(target, Policy("p", (cross,)))


@pytest.mark.parametrize("target", WRITTEN)
def test_an_empty_policy_is_an_error_and_not_an_empty_text(target: str) -> None:
    with pytest.raises(InputError, match="no rules"):
        written(target, Policy("empty", ()))


@pytest.mark.parametrize("target", WRITTEN)
def test_names_cannot_break_out_of_the_text(target: str) -> None:
    if target not in {"csv", "markdown"}:
        with pytest.raises(InputError):
            written(target, device=replace(DEVICE, name='x"; permit'))
    with pytest.raises(InputError):
        written(target, Policy("p", (replace(BRANCH.rules[0], id='a"\npermit ip any any'),)))


@pytest.mark.parametrize("target", ZONED)
def test_an_address_in_no_zone_is_an_error(target: str) -> None:
    stray = replace(BRANCH.rules[0], source=nets("172.16.0.1"), destination=nets("172.16.1.1"))
    if target == "pf":  # its rules name no interface; only the final block needs the zones
        with pytest.raises(InputError, match="zone"):
            written(target, device=replace(DEVICE, zones=DEVICE.zones[:1]))
        return
    with pytest.raises(InputError, match=r"zone|neither end"):
        written(target, Policy("p", (stray,)))


def test_a_zone_name_cannot_be_a_command() -> None:
    with pytest.raises(InputError, match="zone"):
        Zone("inside\npermit", nets("10.0.0.0/8"))


@pytest.mark.parametrize("target", [t for t in WRITTEN if not capability_of(TARGETS[t]).stateless])
def test_a_stateful_device_refuses_a_stateless_policy(target: str) -> None:
    with pytest.raises(InputError, match="replies"):
        written(target, replace(branch_for(target), stateful=False))


@pytest.mark.parametrize("target", WRITTEN)
def test_what_reloads_does_not_double(target: str) -> None:
    """Every device has one: replace as a whole, unique names of our own, or delete before set."""
    text = written(target).text
    idempotent = {
        "nftables": "delete table inet ringfence",
        "iptables": ":ringfence - [0:0]",
        "fortios": 'set name "ringfence-ras"',
        "srx": "delete security policies",
        "checkpoint": "set -e\nmgmt_cli add access-layer name ringfence-",
        "routeros": ":if ([:len [/ip firewall filter find chain=ringfence-",
        "nsx": '"id": "ringfence"',
        "cisco-asa": "access-list ringfence-",
        "cisco-ios": "ip access-list extended ringfence-",
        "cisco-zbf": "ip access-list extended ringfence-",
    }
    if target in idempotent:
        assert idempotent[target] in text
    if target == "panos":
        assert any(line.startswith("delete rulebase") for line in written(target).apply)
    assert "edit 1\n" not in text


def test_the_name_of_a_list_changes_with_its_rules_and_only_with_them() -> None:
    def name(policy: Policy) -> str:
        lines = written("cisco-ios", policy).text.splitlines()
        return next(line for line in lines if line.startswith("ip access-list"))

    assert name(BRANCH) == name(BRANCH) != name(BRANCH.without("echo"))
    assert name(replace(BRANCH, name="another site")) == name(BRANCH)


def test_names_that_had_to_change_stay_apart() -> None:
    assert fit("a+b", 63) != fit("a/b", 63)
    assert len(fit("x" * 200, 35)) == 35
    assert fit("x" * 200, 35) != fit("x" * 201, 35)
    assert fit("ras", 35) == "ras"


@pytest.mark.parametrize("target", WRITTEN)
def test_the_commands_are_given(target: str) -> None:
    rendered = written(target)
    assert rendered.target == target
    if target not in {"csv", "markdown", "aerleon"}:
        assert rendered.apply and rendered.verify and rendered.rollback
