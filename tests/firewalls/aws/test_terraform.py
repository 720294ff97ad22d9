"""Security groups and network ACLs in Terraform, as people write them."""

from ipaddress import ip_network

import pytest

from ringfence.firewalls.aws.terraform import read_terraform
from ringfence.model.errors import InputError
from ringfence.policy.packetset import Space
from support.firewalls.read_configs import certain, packet, unread

TEXT = """# voice servers
terraform {
  required_version = ">= 1.5"
}
locals { phones = ["10.20.0.0/24"] }
resource "aws_security_group" "gatekeeper" {
  name   = "gatekeeper"
  vpc_id = var.vpc_id
  tags = {
    Name     = "gatekeeper"
    AttachTo = "10.1.0.30/32"
  }
  ingress {
    description = "RAS, } and { in a string"
    from_port   = 1719
    to_port     = 1719
    protocol    = "udp"
    cidr_blocks = ["10.20.0.0/24", "10.21.0.0/24"]
  }
  egress {
    from_port = 0
    to_port = 0
    protocol = "-1"
    cidr_blocks = ["10.20.0.0/24"]
  }
}
/* rules of
   their own */
resource "aws_security_group_rule" "ping" {
  type              = "ingress"
  security_group_id = aws_security_group.gatekeeper.id
  protocol          = "icmp"
  from_port         = 8
  to_port           = -1
  cidr_blocks       = ["10.20.0.0/24"]
}
"""
RULE = """resource "aws_vpc_security_group_ingress_rule" "more" {{
  security_group_id = {group}
  ip_protocol = "tcp"
  from_port = {port}
  to_port = 80
  cidr_ipv4 = {cidr}
}}
"""


def rule(
    group: str = "aws_security_group.gatekeeper.id", port: str = "80", cidr: str = '"10.20.0.0/24"'
) -> str:
    return TEXT + RULE.format(group=group, port=port, cidr=cidr)


def test_groups_are_read_with_inline_and_separate_rules() -> None:
    listing = read_terraform(rule())
    assert not listing.unread
    passing = listing.permitted(Space())
    for words in (
        "udp 10.21.0.9:1 10.1.0.30:1719",
        "icmp 10.20.0.9:8 10.1.0.30:0",
        "tcp 10.20.0.9:1 10.1.0.30:80",
    ):
        assert packet(words) in passing
    for words in (
        "udp 10.22.0.9:1 10.1.0.30:1719",
        "tcp 10.20.0.9:1 10.1.0.30:81",
        "udp 10.1.0.30:1 10.21.0.9:1",
    ):
        assert packet(words) not in passing


def test_a_word_of_the_person_is_nearer_than_the_tag() -> None:
    listing = read_terraform(TEXT, {"gatekeeper": (ip_network("10.1.0.31/32"),)})
    passing = listing.permitted(Space())
    assert (
        packet("tcp 10.9.0.9:1 10.1.0.30:22") in passing
        and packet("tcp 10.9.0.9:1 10.1.0.31:22") not in passing
    )


@pytest.mark.parametrize(
    "text",
    [
        rule(cidr="var.anywhere"),
        rule(cidr='"${var.net}/24"'),
        rule(cidr="local.phones[0]"),
        rule(port="var.port"),
        rule(port="80 + 1"),
        TEXT.replace('"10.21.0.0/24"]', "var.other]"),
    ],
)
def test_what_terraform_would_compute_leaves_its_own_rule_open(text: str) -> None:
    listing = read_terraform(text)
    assert len(unread(listing)) == 1
    assert certain(listing, "udp 10.20.0.9:1 10.1.0.30:1719") is True
    assert certain(listing, "tcp 10.20.0.9:1 10.1.0.30:80") in {None, False}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (rule(group="aws_security_group.other.id"), "not in the text"),
        (rule(group="var.group"), "not in the text"),
        (TEXT + 'module "rules" {\n  source = "./x"\n}\n', "rules of a module"),
        (TEXT.replace("  vpc_id = var.vpc_id\n", "  count = 2\n"), "as many as Terraform computes"),
        (TEXT + 'resource "aws_default_security_group" "d" {\n}\n', "a kind that is not read"),
    ],
)
def test_rules_that_are_elsewhere_leave_everything_open(text: str, why: str) -> None:
    (part,) = read_terraform(text).unread
    assert why in part.why and part.boxes is None


@pytest.mark.parametrize(
    "text", ["", "resource {", 'resource "aws_security_group" "x" {', "{{{", "a = [" * 60, "x y z"]
)
def test_what_is_no_terraform_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_terraform(text)
