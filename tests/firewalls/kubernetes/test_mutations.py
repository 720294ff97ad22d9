"""Policies and pods that are right, and what becomes of each mistake in them."""

import pytest

from support.firewalls.mutated import RAS, Mutation, assert_judged, not_permitted, report_of
from support.firewalls.read_configs import config

# Right but for the exception of the voice network.
GOOD = config("by_hand/kubernetes-voice-namespace.txt").replace(", except: [10.20.0.0/24]", "")
NOT_DEFINED = "echo"
PORT = "        port: 1719\n"
SELECTS = "        tier: voice-core\n    policyTypes: [Ingress, Egress]"
GATEKEEPER = "name: gatekeeper\n    namespace: voice\n  spec:"
PEER = "          cidr: 10.20.0.0/24\n      ports:\n      - protocol: UDP"
OPEN = """- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: anybody, namespace: voice}
  spec: {podSelector: {}, ingress: [{}]}
"""


def opens(name: str, *edits: tuple[str, str], stopped: str = "", blocks: bool = True) -> Mutation:
    # Policies know no source ports: something is always open. The echo is never proved.
    return Mutation(name, edits, f"{stopped} {NOT_DEFINED}", blocks and bool(stopped), opens=True)


MISTAKES = (
    opens("nothing"),
    opens("the wrong port", (PORT, PORT.replace("1719", "1718")), stopped=RAS),
    opens("a wider range", (PORT, PORT.replace("1719", "1700\n        endPort: 1730"))),
    opens("too narrow a range", (PORT, PORT.replace("1719", "1720\n        endPort: 1730")), stopped=RAS),
    opens("a port in quotes", (PORT, PORT.replace("1719", '"1719"')), stopped=RAS, blocks=False),
    opens("another protocol", (PEER, PEER.replace("UDP", "TCP")), stopped=RAS),
    opens("no protocol is TCP", (f"      - protocol: UDP\n{PORT}", "      - port: 1719\n"), stopped=RAS),
    opens("another peer", (PEER, PEER.replace("10.20", "10.21")), stopped=RAS),
    opens("a damaged peer", (PEER, PEER.replace("/24", "/240")), stopped=RAS, blocks=False),
    opens("every peer", (PEER, PEER.replace("10.20.0.0/24", "0.0.0.0/0"))),
    opens(
        "it selects another pod",
        (SELECTS, SELECTS.replace("core", "edge")),
        stopped=f"{RAS} signal notify",
    ),
    opens("it selects every pod", (f"matchLabels:\n{SELECTS}", SELECTS.replace("tier: voice-core", "{}"))),
    opens("its ingress is not in force", (SELECTS, SELECTS.replace("Ingress, ", "")), stopped=RAS),
    opens("its egress is not in force", (SELECTS, SELECTS.replace(", Egress", "")), stopped="signal notify"),
    opens(
        "it is of another namespace",
        (GATEKEEPER, GATEKEEPER.replace("voice", "monitoring")),
        stopped=f"{RAS} signal notify",
    ),
    opens("another policy opens all", ("items:\n", f"items:\n{OPEN}")),
)


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_is_judged(mutation: Mutation) -> None:
    assert_judged("kubernetes", GOOD, mutation)


def test_a_pod_that_has_moved_is_isolated_elsewhere() -> None:
    report = report_of("kubernetes", GOOD.replace("10.1.0.30", "10.1.0.31"))
    assert not not_permitted(report) and report.exposure


def test_pods_that_nothing_selects_are_open() -> None:
    moved = GOOD.replace("podIP: 10.1.0.", "podIP: 10.9.0.").replace("ip: 10.1.0.", "ip: 10.9.0.")
    report = report_of("kubernetes", moved)
    assert report.unfiltered and not not_permitted(report)
