"""What is pasted on a box that forwards for others too leaves the others' traffic as it was."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.firewalls.common.document import Device, Rendered, Zone
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.packet import ECHO_REQUEST, Protocol
from ringfence.model.policy import Policy, Rule
from support.branch_policy import BRANCH, DEVICE, nets
from support.lab.shared_box import SharedBox, shared_box

pytestmark = pytest.mark.kernel

OTHERS = (("camera", "store"), ("store", "camera"), ("phone", "store"))
FILES = {"nftables": "nft", "iptables": "iptables"}
# What other people have in force there; it decides about cameras.
THEIRS = {
    "nftables": (
        "nft add table inet filter",
        "nft 'add chain inet filter forward { type filter hook forward priority 0; policy drop; }'",
        "nft add rule inet filter forward ip protocol icmp counter accept",
    ),
    "iptables": ("iptables -P FORWARD DROP", "iptables -A FORWARD -p icmp -j ACCEPT"),
}
LISTED = {
    "nftables": "nft -s list ruleset",
    "iptables": "iptables -P INPUT ACCEPT; iptables-save | grep -v '^#' | sed 's/ \\[.*//'",
}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[SharedBox]:
    with shared_box(tmp_path) as made:
        yield made


def branch(target: str, **changes: object) -> Rendered:
    return render_rules(TARGETS[target], BRANCH, replace(DEVICE, **changes))  # type: ignore[arg-type]


def other_site(target: str) -> Rendered:
    cameras, servers = nets("10.40.0.0/24"), nets("10.1.0.0/24")
    policy = Policy("other", (Rule("echo", cameras, servers, Protocol.ICMP, icmp_type=ECHO_REQUEST),))
    return render_rules(
        TARGETS[target],
        policy,
        Device("other", zones=(Zone("cameras", cameras), Zone("servers", servers))),
    )


def put_in_force(box: SharedBox, rendered: Rendered, folder: Path, name: str = "ringfence") -> None:
    (folder / f"{name}.{FILES[rendered.target]}").write_text(rendered.text)
    box.run(*rendered.apply, asking=OTHERS)


@pytest.mark.parametrize("target", FILES)
def test_others_reach_each_other_before_during_and_after(box: SharedBox, target: str, tmp_path: Path) -> None:
    box.run(*THEIRS[target])
    before = box.run(LISTED[target])
    rendered = branch(target, log=True)
    assert all(box.reaches(*pair) for pair in (*OTHERS, ("phone", "server"), ("server", "phone")))
    put_in_force(box, rendered, tmp_path)
    assert all(box.reaches(*pair) for pair in (*OTHERS, ("phone", "server")))
    assert not box.reaches("server", "phone")
    put_in_force(box, rendered, tmp_path)  # once more changes nothing
    box.run(*rendered.verify)
    assert not box.reaches("server", "phone")
    box.run(*rendered.rollback, asking=OTHERS)
    assert box.run(LISTED[target]) == before
    assert box.reaches("server", "phone")


@pytest.mark.parametrize("target", FILES)
def test_two_sites_live_on_one_box(box: SharedBox, target: str, tmp_path: Path) -> None:
    first, second = branch(target), other_site(target)
    put_in_force(box, first, tmp_path)
    put_in_force(box, second, tmp_path, "other")
    assert all(box.reaches(*pair) for pair in (*OTHERS, ("phone", "server"), ("camera", "server")))
    assert not box.reaches("server", "camera") and not box.reaches("server", "phone")
    box.run(*first.rollback, asking=OTHERS)
    assert box.reaches("server", "phone") and not box.reaches("server", "camera")


@pytest.mark.parametrize("target", FILES)
def test_an_earlier_rule_set_of_ours_comes_back_as_it_was(
    box: SharedBox, target: str, tmp_path: Path
) -> None:
    earlier = render_rules(TARGETS[target], BRANCH.without("echo"), DEVICE)
    put_in_force(box, earlier, tmp_path)
    before = box.run(LISTED[target])
    later = branch(target)
    put_in_force(box, later, tmp_path)
    assert box.reaches("phone", "server")
    box.run(*later.rollback, asking=OTHERS)
    assert box.run(LISTED[target]) == before
    assert not box.reaches("phone", "server")


@pytest.mark.parametrize("target", FILES)
def test_what_nobody_keeps_is_taken_back(box: SharedBox, target: str, tmp_path: Path) -> None:
    before = box.run(LISTED[target])
    rendered = branch(target)
    *saving, timer = [line for line in rendered.apply if not line.startswith("kill ")][: -_LOADS[target]]
    (tmp_path / f"ringfence.{FILES[target]}").write_text(rendered.text)
    box.run(*saving, *rendered.apply[len(saving) + 1 : -1])
    assert not box.reaches("server", "phone")
    assert "sleep 300; " in timer
    box.run(timer.replace("sleep 300; ", ""), "wait", asking=OTHERS)
    assert box.run(LISTED[target]) == before


_LOADS = {"nftables": 1, "iptables": 2}


@pytest.mark.parametrize("target", FILES)
def test_an_exclusive_rule_set_owns_all_that_is_forwarded(
    box: SharedBox, target: str, tmp_path: Path
) -> None:
    rendered = branch(target, exclusive=True)
    (tmp_path / f"ringfence.{FILES[target]}").write_text(rendered.text)
    box.run(*rendered.apply)
    assert box.reaches("phone", "server")
    assert not any(box.reaches(*pair) for pair in OTHERS)
    assert "is not forwarded" in rendered.notes[0]
    box.run(*rendered.rollback)
    assert all(box.reaches(*pair) for pair in OTHERS)
