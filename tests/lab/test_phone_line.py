"""A node's address and routes, changed while it runs."""

import subprocess
from ipaddress import IPv4Address, IPv4Network

import pytest

from ringfence.lab.phone_line import PhoneLine
from ringfence.lab.topology import Lab
from support.lab.sites import branch_office

NETWORK = IPv4Network("10.77.0.0/24")


def ip(lab: Lab, *words: str) -> str:
    child = lab["desktop"].popen(["ip", "-4", *words], stdout=subprocess.PIPE)
    return child.communicate()[0].decode()


@pytest.mark.kernel
def test_another_router_for_the_address_that_is_there_takes_the_firsts_place() -> None:
    with Lab(branch_office()) as lab:
        line = PhoneLine(lab, ("desktop", "eth0"), None)
        for router in (NETWORK[1], NETWORK[2], NETWORK[2]):
            line.configure(NETWORK[50], NETWORK, router, "eth0")
        assert ip(lab, "route", "show", "default").split()[:3] == ["default", "via", str(NETWORK[2])]
        assert ip(lab, "address", "show", "eth0").count(str(NETWORK[50])) == 1
        line.remove(NETWORK[50], "eth0")
        assert str(NETWORK[50]) not in ip(lab, "address", "show", "eth0")


@pytest.mark.kernel
def test_an_address_that_the_line_did_not_give_cannot_be_removed() -> None:
    with Lab(branch_office()) as lab, pytest.raises(OSError, match="not configured"):
        PhoneLine(lab, ("desktop", "eth0"), None).remove(IPv4Address("10.10.0.99"), "eth0")
