"""Groups in Terraform that are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import EVERYTHING, RAS, Mutation, assert_judged, not_permitted, report_of


def rule(group: str, name: str, way: str, protocol: str, first: int, last: int, peer: str) -> str:
    return (
        f'resource "aws_vpc_security_group_{way}_rule" "{name}" {{\n'
        f"  security_group_id = aws_security_group.{group}.id\n"
        f'  ip_protocol       = "{protocol}"\n  from_port         = {first}\n  to_port           = {last}\n'
        f'  cidr_ipv4         = "{peer}"\n}}\n'
    )


def group(name: str, host: str) -> str:
    tags = f'{{ AttachTo = "{host}" }}'
    return f'resource "aws_security_group" "{name}" {{\n  name = "{name}"\n  tags = {tags}\n}}\n'


VOICE = "10.20.0.0/24"
RAS_RULE = rule("gk", "ras", "ingress", "udp", 1719, 1719, VOICE)
ECHO_RULE = rule("gk", "echo", "ingress", "icmp", 8, -1, VOICE)
GOOD = (
    group("dhcp", "10.1.0.10/32")
    + group("files", "10.1.0.20/32")
    + group("gk", "10.1.0.30/32")
    + rule("dhcp", "relay", "ingress", "udp", 67, 67, "10.255.0.1/32")
    + rule("dhcp", "data", "ingress", "udp", 67, 67, "10.10.0.0/24")
    + rule("dhcp", "voice", "ingress", "udp", 67, 67, VOICE)
    + rule("dhcp", "answers", "egress", "udp", 67, 68, "10.0.0.0/8")
    + rule("files", "http", "ingress", "tcp", 80, 80, VOICE)
    + RAS_RULE
    + ECHO_RULE
    + rule("gk", "setup", "egress", "tcp", 1720, 1720, VOICE)
    + rule("gk", "notify", "egress", "udp", 49300, 49300, VOICE)
)


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    # Groups know no source ports: something is always open.
    return Mutation(name, edits, stopped, blocks, opens=True)


def ras(old: str, new: str) -> tuple[str, str]:
    return RAS_RULE, RAS_RULE.replace(old, new)


MISTAKES = (
    opens("a rule is missing", (RAS_RULE, ""), stopped=RAS),
    opens("the wrong port", ras("1719", "1718"), stopped=RAS),
    opens("a wider range", ras("from_port         = 1719", "from_port         = 1700")),
    opens("another protocol", ras('"udp"', '"tcp"'), stopped=RAS),
    opens("the wrong network", ras(VOICE, "10.21.0.0/24"), stopped=RAS),
    opens("it is a comment", (RAS_RULE, f"/*\n{RAS_RULE}*/\n"), stopped=RAS),
    opens("another way", ras("_ingress_", "_egress_"), stopped=RAS),
    opens("another group", ras("aws_security_group.gk", "aws_security_group.files"), stopped=RAS),
    opens(
        "a group that is not there",
        ras("aws_security_group.gk", "aws_security_group.old"),
        stopped=EVERYTHING,
        blocks=False,
    ),
    opens("a value to compute", ras(f'"{VOICE}"', "var.voice"), stopped=RAS, blocks=False),
    opens(
        "as many as Terraform computes",
        ras("  ip_protocol", "  count = var.phones ? 1 : 0\n  ip_protocol"),
        stopped=RAS,
        blocks=False,
    ),
    opens("another type of ICMP", (ECHO_RULE, ECHO_RULE.replace("= 8", "= 0")), stopped="echo"),
    opens("every protocol", (ECHO_RULE, ECHO_RULE.replace('"icmp"', '"-1"'))),
    opens(
        "rules of a module",
        (RAS_RULE, f'{RAS_RULE}module "more" {{\n  source = "./more"\n}}\n'),
        stopped=EVERYTHING,
        blocks=False,
    ),
    opens(
        "a network firewall",
        (RAS_RULE, f'{RAS_RULE}resource "aws_networkfirewall_firewall" "f" {{\n  name = "f"\n}}\n'),
        stopped=EVERYTHING,
        blocks=False,
    ),
    opens(
        "a route that discards",
        (
            RAS_RULE,
            f'{RAS_RULE}resource "aws_ec2_transit_gateway_route" "r" {{\n  blackhole = true\n'
            '  destination_cidr_block = "10.20.0.0/16"\n}\n',
        ),
        stopped="vlan-move provision discover register signal echo renew notify keep-alive",
        blocks=False,
    ),
)


def test_the_groups_are_right() -> None:
    report = report_of("aws-terraform", GOOD)
    assert not not_permitted(report) and not report.unread


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("aws-terraform", GOOD, mutation)
