"""Network policies with pods and without, as kubectl prints them and as people write them."""

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
import yaml

from ringfence.firewalls.kubernetes.read import read
from ringfence.firewalls.recognise import read_as, recognise
from ringfence.firewalls.rendering import render_rules
from ringfence.firewalls.table import TARGETS
from ringfence.model.address import ANY_PORT
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy
from ringfence.policy.packetset import Space
from support.branch_policy import ACCEPTED, DEVICE, branch_for
from support.firewalls.mutated import report_of
from support.firewalls.read_configs import at, certain
from support.firewalls.read_configs import unread as places

RAS = "udp 10.20.0.50:49300 10.1.0.30:1719"
UNDEFINED = ("other protocols ingress", "other protocols egress")
BLOCK = {"ipBlock": {"cidr": "10.20.0.0/24"}}
HERE = {"gk": (ip_network("10.1.0.30/32"),)}


def policy(name: str = "gk", namespace: str = "", **spec: object) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    whole = {"podSelector": {"matchLabels": {"app": name}}, **spec}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": whole,
    }


def pod(name: str, address: str, namespace: str = "voice", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": {"app": name}}
    return {"kind": "Pod", "metadata": metadata, "status": {"podIP": address}, **more}


def text(*items: dict[str, Any]) -> str:
    return yaml.safe_dump_all(items, sort_keys=False)


def entry(*peers: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"from": list(peers), "ports": [{"protocol": "UDP", "port": 1719}], **more}


ONE = policy(ingress=[entry(BLOCK)])


def test_a_policy_isolates_what_it_selects_and_permits_add_up() -> None:
    other = policy("more", ingress=[entry({"ipBlock": {"cidr": "10.30.0.0/24"}})])
    listing = read(text(ONE, other), {**HERE, "more": HERE["gk"]})
    assert places(listing) == {"other protocols ingress"}
    for words in (RAS, RAS.replace("10.20", "10.30")):
        assert certain(listing, words) is True
    assert certain(listing, RAS.replace("1719", "1718")) is False
    assert certain(listing, "udp 10.1.0.30:1719 10.20.0.50:49300") is True  # nothing isolates egress
    assert certain(listing, "udp 10.20.0.50:1 10.1.0.31:5") is True  # no policy selects it
    assert certain(listing, "icmp 10.20.0.50:8 10.1.0.30:0") is None


def test_json_and_lists_of_lists_are_manifests_too() -> None:
    inner = {"kind": "NetworkPolicyList", "items": [ONE]}
    for one in (
        json.dumps(ONE, indent=1),
        json.dumps({"kind": "List", "items": [inner]}, indent=1),
        text(ONE),
    ):
        assert recognise(one) is TARGETS["kubernetes"]
        assert certain(read(one, HERE), RAS) is True


@pytest.mark.parametrize(
    ("spec", "ways"),
    [
        ({}, {"ingress"}),
        ({"egress": []}, {"ingress"}),
        ({"egress": [{}]}, {"ingress", "egress"}),
        ({"policyTypes": ["Egress"]}, {"egress"}),
        ({"policyTypes": []}, set()),
        ({"policyTypes": ["Ingress", "Egress"]}, {"ingress", "egress"}),
    ],
)
def test_directions_are_those_of_policy_types_or_what_is_there(spec: dict[str, Any], ways: set[str]) -> None:
    listing = read(text(policy(**spec)), HERE)
    denied = {way for way, chain in zip(("ingress", "egress"), listing.chains, strict=True) if chain.denies}
    assert denied == ways


def test_an_entry_without_peers_or_ports_is_for_all_that_is_defined() -> None:
    rules: tuple[dict[str, object], ...] = ({}, {"from": []}, {"ports": []}, {"from": None, "ports": None})
    for rule in rules:
        listing = read(text(policy(ingress=[rule])), HERE)
        assert certain(listing, RAS) is True and certain(listing, "tcp 8.8.8.8:1 10.1.0.30:9") is True
        assert certain(listing, "icmp 10.20.0.50:8 10.1.0.30:0") is None


def test_exceptions_of_a_block_are_left_out() -> None:
    block = {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.20.0.0/25", "10.20.0.192/26"]}}
    listing = read(text(policy(ingress=[entry(block)])), HERE)
    assert [certain(listing, RAS.replace(".50", f".{n}")) for n in (127, 128, 191, 192)] == [
        False,
        True,
        True,
        False,
    ]


def test_pods_of_the_text_are_selected_by_their_labels() -> None:
    space = {"kind": "Namespace", "metadata": {"name": "ops", "labels": {"team": "red"}}}
    pods = [pod("gk", "10.1.0.30"), pod("web", "10.1.0.20"), pod("probe", "10.1.0.77", "ops")]
    peer = {"namespaceSelector": {"matchLabels": {"team": "red"}}, "podSelector": {}}
    voice = {"kind": "Namespace", "metadata": {"name": "voice"}}
    listing = read(text(*pods, space, voice, policy(namespace="voice", ingress=[entry(peer)])))
    assert certain(listing, "udp 10.1.0.77:1 10.1.0.30:1719") is True
    assert certain(listing, "udp 10.1.0.20:1 10.1.0.30:1719") is False
    assert certain(listing, "udp 10.20.0.50:1 10.1.0.20:80") is True  # selected by none
    own = read(text(*pods, space, policy(namespace="voice", ingress=[entry({"podSelector": {}})])))
    assert certain(own, "udp 10.1.0.20:1 10.1.0.30:1719") is True
    assert certain(own, "udp 10.1.0.77:1 10.1.0.30:1719") is False


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ({"operator": "In", "values": ["gk", "x"]}, True),
        ({"operator": "In", "values": ["x"]}, False),
        ({"operator": "NotIn", "values": ["gk"]}, False),
        ({"operator": "Exists"}, True),
        ({"operator": "DoesNotExist"}, False),
        ({"operator": "NotIn", "key": "other", "values": ["gk"]}, True),
        ({"operator": "Gt", "values": ["1"]}, None),
        ({"operator": "In", "values": "gk"}, None),
    ],
    ids=json.dumps,
)
def test_expressions_of_a_selector(expression: dict[str, Any], chosen: bool | None) -> None:
    selector = {"matchExpressions": [{"key": "app", **expression}]}
    listing = read(text(pod("gk", "10.1.0.30"), policy(namespace="voice", podSelector=selector)))
    # Who is selected is isolated: then nothing passes.
    assert certain(listing, RAS) is {True: False, False: True, None: None}[chosen]


def test_a_policy_that_selects_no_pod_is_told_as_bound_to_nothing() -> None:
    listing = read(text(pod("web", "10.1.0.20"), policy(namespace="voice")))
    assert [one.name for one in listing.unbound] == ["gk"]
    report = report_of("kubernetes", text(pod("web", "10.9.0.20"), policy(namespace="voice")))
    assert report.unfiltered and report.unbound


def test_a_namespace_without_a_pod_in_the_text_is_not_known() -> None:
    listing = read(text(pod("web", "10.1.0.20", "other"), policy(namespace="voice")))
    assert certain(listing, RAS) is None and listing.unplaced == ("gk",)


def test_labels_of_a_namespace_that_is_not_there_are_not_known() -> None:
    peer = {"namespaceSelector": {"matchLabels": {"team": "red"}}}
    listing = read(text(pod("gk", "10.1.0.30"), policy(namespace="voice", ingress=[entry(peer)])))
    assert certain(listing, "udp 10.1.0.77:1 10.1.0.30:1719") is None
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "voice"}}}
    known = read(text(pod("gk", "10.1.0.30"), policy(namespace="voice", ingress=[entry(peer)])))
    assert certain(known, "udp 10.1.0.77:1 10.1.0.30:1719") is False


def test_a_pod_on_the_network_of_its_node_is_beyond_policies() -> None:
    node = pod("gk", "10.1.0.30", spec={"hostNetwork": True})
    assert certain(read(text(node, policy(namespace="voice"))), RAS) is None


@pytest.mark.parametrize(
    "rule",
    [
        entry({"podSelector": {"matchLabels": {"app": "x"}}}),
        entry({}),
        entry({"ipBlock": {"cidr": "10.20.0.0/33"}}),
        entry({"ipBlock": {"cidr": "{{ .Values.phones }}"}}),
        entry({"ipBlock": {"cidr": "10.20.0.0/24", "except": "10.20.0.0/25"}}),
        entry({"ipBlock": {"cidr": "10.20.0.0/24"}, "podSelector": {}}),
        entry({"fqdn": "phones.example"}),
        entry(BLOCK, ports=[{"protocol": "UDP", "port": "ras"}]),
        entry(BLOCK, ports=[{"protocol": "UDP", "port": 1719, "endPort": 1700}]),
        entry(BLOCK, ports=[{"protocol": "UDP", "port": True}]),
        entry(BLOCK, ports=[{"protocol": "UDP", "endPort": 1800}]),
        entry(BLOCK, ports=[{"protocol": "ICMP"}]),
        entry(BLOCK, ports=[{"port": 1719, "hostPort": 1}]),
        entry(BLOCK, ports="1719"),
        entry(BLOCK, to=[]),
        {"from": "10.20.0.0/24"},
        "allow",
    ],
    ids=json.dumps,
)
def test_what_is_odd_is_named_and_never_taken_for_all(rule: object) -> None:
    listing = read(text(policy(ingress=[rule])), HERE)
    assert [part.why for part in listing.unread if part.place.startswith("line")]
    assert certain(listing, RAS, *UNDEFINED) is None
    assert certain(listing, "udp 10.20.0.1:1 10.1.0.31:1719") is True


def test_a_policy_with_a_part_that_is_not_known_may_do_anything() -> None:
    assert certain(read(text(policy(ingress=[entry(BLOCK)], priority=5)), HERE), RAS) is None
    assert certain(read(text(policy(ingress=[entry(BLOCK)], policyTypes="Ingress")), HERE), RAS) is None


@pytest.mark.parametrize(
    ("api", "kind"),
    [
        ("cilium.io/v2", "CiliumNetworkPolicy"),
        ("projectcalico.org/v3", "NetworkPolicy"),
        ("crd.projectcalico.org/v1", "GlobalNetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
        ("extensions/v1beta1", "NetworkPolicy"),
    ],
)
def test_policies_of_other_kinds_decide_too(api: str, kind: str) -> None:
    other = {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, "spec": {}}
    assert certain(read(text(ONE, other), HERE), RAS) is None
    assert certain(read(text(ONE, {"kind": "Deployment", "metadata": {"name": "x"}}), HERE), RAS) is True


def test_a_place_is_the_line_of_the_entry() -> None:
    shown = text(ONE, policy("b", ingress=[entry({"ipBlock": {"cidr": "nonsense"}})]))
    listing = read(shown, {**HERE, "b": HERE["gk"]})
    number = int(at(shown, "nonsense").split()[1])
    assert f"line {number - 2} b ingress 1" in places(listing)


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ("kind: Service\n", "no network policy"),
        (f"{text(ONE)}---\n- a\n", "not an object"),
        (f"{text(ONE)}---\nhello\n", "not an object"),
        (text(ONE).replace("spec:", "spec: {{- if .Values.x }}"), "a key that is no word"),
        (text(ONE).replace("10.20.0.0/24", "&a 10.20.0.0/24\n        except: *a"), "aliases"),
        (text(ONE).replace("  name: gk", "  name: gk\n  name: gk"), "given twice"),
        (text({k: v for k, v in ONE.items() if k != "spec"}), "without spec"),
        (text(policy(ingress={"from": []})), "not a list"),
        (text(ONE) + "a: " + "[" * 5000, "nested too deeply|not YAML"),
    ],
)
def test_what_is_no_manifest_is_refused_with_its_line(shown: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_as("kubernetes", shown, HERE)


def test_what_is_written_is_read_back_as_the_same_packets() -> None:
    """Of the protocols that policies are defined for: what is read of the others is always in doubt."""
    wanted = branch_for("kubernetes")
    device = replace(DEVICE, widen=ACCEPTED["kubernetes"])
    listing = read(render_rules(TARGETS["kubernetes"], wanted, device).text)
    assert places(listing) == set(UNDEFINED)
    space = Space()
    widened = Policy("w", tuple(replace(rule, source_ports=ANY_PORT) for rule in wanted.rules))
    (ingress, egress) = (chain.rows[-1].boxes for chain in listing.chains)
    around = space.of((*ingress, *egress)) - space.of(
        box for part in listing.unread for box in part.boxes or ()
    )
    least, _ = listing.bounds(space, UNDEFINED)
    assert least & around == space.permitted(widened) & around and not (least & around).empty
