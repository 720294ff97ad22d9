"""Address translation: its arithmetic, what may be written of it, and which flows it leads to nobody."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import InputError
from ringfence.model.inspections import inspection_of
from ringfence.model.nat import InspectionKind, Nat, NatKind
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.model.translated import ClosedBy, closed_flows, passable
from support.example_sites import text

INSIDE, OUTSIDE = IPv4Network("10.20.0.0/22"), IPv4Network("172.16.4.0/22")
ONE_TO_ONE = Nat("phones", "core", NatKind.ONE_TO_ONE, (INSIDE,), (OUTSIDE,))
SHARED = Nat("phones", "core", NatKind.MANY_TO_ONE, (INSIDE,), (IPv4Network("10.2.0.1/32"),))


def site(*changes: tuple[str, str], name: str = "nat-one-to-one") -> Site:
    changed = text(name)
    for old, new in changes:
        assert old in changed, old
        changed = changed.replace(old, new, 1)
    return parse(changed, "nat.yaml")


def refusal(*changes: tuple[str, str], name: str = "nat-one-to-one") -> str:
    with pytest.raises(InputError) as caught:
        site(*changes, name=name)
    return "; ".join(str(each) for each in (caught.value, *caught.value.others))


@given(st.integers(0, INSIDE.num_addresses - 1))
def test_one_to_one_leads_out_and_back(number: int) -> None:
    seen = ONE_TO_ONE.outward(INSIDE[number])
    assert seen == OUTSIDE[number]
    assert ONE_TO_ONE.inward(seen) == INSIDE[number]


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_other_addresses_are_left_alone(address: IPv4Address) -> None:
    for entry in (ONE_TO_ONE, SHARED):
        if address not in INSIDE:
            assert entry.outward(address) == address
        if address not in OUTSIDE:
            assert entry.inward(address) == address


def test_many_to_one_does_not_lead_back() -> None:
    assert {str(SHARED.outward(host)) for host in INSIDE} == {"10.2.0.1"}
    assert SHARED.inward(IPv4Address("10.2.0.1")) == IPv4Address("10.2.0.1")


def test_without_a_zone_named_it_translates_towards_every_other() -> None:
    both = site((", to: core, kind: one-to-one, inside: 10.20.0.0/24, outside: 10.99.0.0/24", ", kind: none"))
    assert [(each.source, each.destination) for each in both.firewalls[0].nat] == [
        ("phones", "services"),
        ("phones", "core"),
    ]


def test_many_to_one_is_behind_the_firewalls_own_address_unless_told() -> None:
    (entry,) = site(name="nat-many-to-one").firewalls[0].nat
    assert [str(each) for each in entry.outside] == ["10.2.0.1/32"]


@pytest.mark.parametrize("word", ["off", "linux-helper", "cisco-asa", "fortios", "srx", "panos"])
def test_every_inspection_is_read_and_has_its_evidence(word: str) -> None:
    read = site(("    nat:", f"    inspection: {word}\n    nat:"))
    assert read.firewalls[0].inspection is InspectionKind(word)
    assert inspection_of(read.firewalls[0].inspection).basis


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("from: phones", "from: phone"), "there is no zone called phone"),
        (("to: core", "to: cores"), "there is no zone called cores"),
        (("outside: 10.99.0.0/24", "outside: 10.99.0.0/25"), "not of the same sizes"),
        (("outside: 10.99.0.0/24", "outside: 10.1.0.0/24"), "overlaps zone services"),
        (("outside: 10.99.0.0/24", "outside: 10.2.0.0/24"), "holds 10.2.0.1"),
        (
            ("inside: 10.20.0.0/24, outside: 10.99.0.0/24", "inside: 10.20.0.0/25, outside: 10.99.0.0/25"),
            "a part of",
        ),
        (("inside: 10.20.0.0/24", "inside: 10.77.0.0/24"), "is not in phones"),
        (("kind: one-to-one, inside", "kind: many-to-one, inside"), "no single outside address"),
        (("    nat:", "    inspection: alg\n    nat:"), "one of off, linux-helper"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_be_carried_out_is_refused_with_its_place(change: tuple[str, str], said: str) -> None:
    refused = refusal(change)
    assert said in refused
    assert "nat.yaml:" in refused


def test_translation_before_a_second_firewall_is_refused() -> None:
    behind = ("  core: 10.2.0.0/24", "  core: 10.2.0.0/24\n  deep: 10.3.0.0/24")
    inner = ("firewalls:\n", "firewalls:\n  inner: [10.2.0.2, 10.3.0.1]\n")
    moved = ("10.2.0.30", "10.3.0.30")
    assert "edge and inner are on the way from 10.20.0.0/24 to 10.3.0.30" in refusal(behind, inner, moved)


def test_a_server_that_nothing_joins_is_said_where_addresses_are_translated_too() -> None:
    apart = ("firewalls:\n", "  apart: 10.1.0.10\nfirewalls:\n")
    assert "no firewall joins phones to apart, where 10.1.0.10 is" in refusal(apart)


def test_what_the_gatekeeper_opens_leads_to_no_phone_that_shares_its_address() -> None:
    shared = site(name="nat-many-to-one")
    closed = closed_flows(shared, flows(shared))
    assert {(each.flow.id, each.by) for each in closed} == {
        ("signal-gatekeeper", ClosedBy.SHARED_ADDRESS),
        ("ras-notify", ClosedBy.SHARED_ADDRESS),
    }
    assert not {"signal-gatekeeper", "ras-notify"} & {each.id for each in passable(shared, flows(shared))}


def test_a_helper_that_reads_ras_leads_call_signalling_to_its_phone() -> None:
    helped = site(("    nat:", "    inspection: linux-helper\n    nat:"), name="nat-many-to-one")
    assert [each.flow.id for each in closed_flows(helped, flows(helped))] == ["ras-notify"]


def test_a_gatekeeper_that_believes_messages_needs_them_translated() -> None:
    believing = ("as-seen", "as-registered")
    closed = closed_flows(plain := site(believing), flows(plain))
    assert {each.by for each in closed} == {ClosedBy.INSIDE_ADDRESS}
    rewritten = site(believing, ("    nat:", "    inspection: linux-helper\n    nat:"))
    assert closed_flows(rewritten, flows(rewritten)) == ()


def test_one_to_one_closes_nothing() -> None:
    assert closed_flows(site(), flows(site())) == ()
