"""Rule sets in the manner of programs that load them: person, check and kernel agree about each flow."""

from pathlib import Path
from random import Random

import pytest

from ringfence.check.flows import flow_check, question_about
from ringfence.check.report import Answer
from ringfence.model.registration import flows
from support.differential.compared import compare
from support.differential.routed_firewall import RoutedFirewall
from support.differential.rule_sets import BRANCH, listed
from support.lab.verdicts import has_iptables

pytestmark = pytest.mark.kernel

FOLDER = Path(__file__).parents[1] / "firewalls" / "configs" / "linux"
ALL = (
    "dhcp-relay dhcp-answer-data dhcp-release dhcp-answer-voice files-http discover ras signal-gatekeeper "
    "echo dhcp-renew ras-notify ras-refresh"
)
FROM_SERVERS = "dhcp-answer-data dhcp-answer-voice signal-gatekeeper ras-notify"
DHCP_ANSWERS = "dhcp-answer-data dhcp-answer-voice"
RAS = "discover ras ras-refresh"

# What is blocked, and what is in doubt; the rest passes.
TRUTH = {
    # Frames are dropped below routing: nothing is certain.
    "blocklist-ingress": ("", ALL),
    # Half of the handsets are quarantined before the rest is asked; what comes from the servers needs a mark.
    "calico-like": ("files-http", f"{FROM_SERVERS} echo"),
    # From the servers back by state alone.
    "docker": (FROM_SERVERS, ""),
    # One handset is banned on 80 and on 1719, where it answers the gatekeeper, too.
    "fail2ban": (f"files-http {RAS} ras-notify", ""),
    # No rule for DHCP; a ping only so many times a second; calls by 1720 alone from the servers.
    "fw4": (f"dhcp-relay {DHCP_ANSWERS} dhcp-release dhcp-renew ras-notify", "echo"),
    # The call is RELATED, and the rule wants NEW.
    "helper-new": ("signal-gatekeeper", ""),
    # The call is RELATED, which passes; a gatekeeper that speaks first is not.
    "helper-related": (f"{DHCP_ANSWERS} ras-notify", ""),
    # File server stopped before all, ping returned to the drop; the voice network reaches the gatekeeper.
    "inserted-late": (f"{ALL.replace(' discover ras', '').replace(' ras-refresh', '')}", ""),
    # What is marked is translated, and who is marked is not known.
    "kube-proxy": ("", ALL),
    # RELEASE comes from the data network, which is masqueraded; the file server is another behind DNAT.
    "lan-masquerade": (FROM_SERVERS, "dhcp-release files-http"),
    # The voice network alone may go out, and nothing comes in but by state.
    "libvirt": (f"dhcp-relay dhcp-release {FROM_SERVERS}", ""),
    "netavark": ("", ALL),
    "nft-router": ("", ""),
    # RAS is not tracked, and its answers have no rule; of calls 1720 passes.
    "notrack-voice": (f"{RAS} {DHCP_ANSWERS} ras-notify", ""),
    # Only what is malformed is dropped.
    "proxmox": ("", ""),
    "rhel-default": (ALL, ""),
    # A handset's SYN+ACK passes no rule.
    "stateless-core": ("signal-gatekeeper", ""),
    # Answers by UDP from 67 alone.
    "syn-proxy-edge": (f"{RAS} {FROM_SERVERS}", ""),
    # An accept of one table is no word for the other, which has TCP 80 and ping.
    "two-owners": (f"{ALL.replace(' files-http', '').replace(' echo', '')}", ""),
    # Half of the handsets are left out of calls; renewals have no rule.
    "vyos": (f"{DHCP_ANSWERS} dhcp-release files-http signal-gatekeeper dhcp-renew ras-notify", ""),
    # A return behind two gotos meets the policy, which accepts: ping.
    "zone-gotos": (f"{DHCP_ANSWERS} dhcp-release dhcp-renew ras-notify", ""),
}


def test_every_rule_set_has_its_truth() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(TRUTH)


@pytest.mark.parametrize("name", sorted(TRUTH))
def test_person_check_and_kernel_agree(name: str) -> None:
    if not has_iptables():
        pytest.skip("iptables-restore is not installed")
    blocked, doubted = (set(words.split()) for words in TRUTH[name])
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    with RoutedFirewall() as firewall:
        listing = listed(firewall, text)
        assert listing is not None
        compare(firewall, BRANCH, listing, Random(name), text)
    needed = flows(BRANCH)
    question = question_about(listing, needed, frozenset())
    said = {flow.id: flow_check(question, flow).answer for flow in needed}
    assert set(said) == set(ALL.split())
    assert {id_ for id_, answer in said.items() if answer is Answer.BLOCKS} == blocked
    assert {id_ for id_, answer in said.items() if answer is Answer.NOT_PROVED} == doubted
