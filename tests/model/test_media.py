"""The flows of media, monitoring and management: off unless a site says them, each direction for itself."""

import pytest

from ringfence.model.errors import InputError
from ringfence.model.flow import Flow
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.site_file import parse
from ringfence.model.stage import BESIDE_REGISTRATION, Stage
from support.example_sites import example, text
from support.talking_site import TALKING


def talking(*changes: tuple[str, str]) -> Site:
    changed = TALKING
    for old, new in changes:
        assert old in changed, old
        changed = changed.replace(old, new, 1)
    return parse(changed, "talking.yaml")


def beside(site: Site) -> dict[str, Flow]:
    return {flow.id: flow for flow in flows(site) if flow.stage in BESIDE_REGISTRATION}


def ends(flow: Flow) -> tuple[str, str, str, str]:
    def networks(party: object) -> str:
        return " ".join(map(str, party.networks))  # type: ignore[attr-defined]

    sent, taken = str(flow.initiator_ports), str(flow.responder_ports)
    return networks(flow.initiator), sent, networks(flow.responder), taken


@pytest.mark.parametrize("name", ["branch", "campus", "plain-h323", "https-multicast"])
def test_a_site_that_says_nothing_of_media_has_none(name: str) -> None:
    assert beside(example(name)) == {}
    assert "media" not in text(name)


def test_each_direction_of_audio_is_a_flow_of_its_own() -> None:
    found = beside(talking())
    media = {id_: ends(flow) for id_, flow in found.items() if flow.stage is Stage.MEDIA}
    phones, ports = "10.20.0.0/24 10.30.0.0/24", "2048-3329"
    assert media == {
        "media-to-gateway": (phones, ports, "10.1.0.40/32", ports),
        "media-from-gateway": ("10.1.0.40/32", ports, phones, ports),
        "media-branch-to-hq": ("10.20.0.0/24", ports, "10.30.0.0/24", ports),
        "media-hq-to-branch": ("10.30.0.0/24", ports, "10.20.0.0/24", ports),
    }


def test_who_opens_monitoring_is_who_asks() -> None:
    found = beside(talking())
    phones = "10.20.0.0/24 10.30.0.0/24"
    assert ends(found["rtcp-monitor"]) == (phones, "2048-3329", "10.9.0.50/32", "5005")
    assert ends(found["syslog"]) == (phones, "1024-65535", "10.9.0.52/32", "514")
    assert ends(found["snmp"]) == ("10.9.0.51/32", "1024-65535", phones, "161")
    assert ends(found["ssh"]) == ("10.9.0.53/32", "1024-65535", phones, "22")
    assert ends(found["dns"]) == (phones, "1024-65535", "10.1.0.53/32", "53")


def test_every_flow_says_how_it_is_known() -> None:
    assert all(flow.basis for flow in beside(talking()).values())


def test_ports_are_those_of_the_site_the_group_and_the_gateway() -> None:
    site = talking(
        ("ports: 2048-3329", "ports: 49152-53246"),
        ("{name: g450, address: 10.1.0.40}", "{name: g450, address: 10.1.0.40, ports: 4000-10000}"),
        ("relay: 10.255.1.1}", "relay: 10.255.1.1, media_ports: 2048-3029}"),
    )
    found = beside(site)
    assert ends(found["media-branch-to-hq"])[1::2] == ("49152-53246", "2048-3029")
    assert ends(found["media-to-gateway/branch"])[1::2] == ("49152-53246", "4000-10000")
    assert ends(found["media-to-gateway/hq"])[1::2] == ("2048-3029", "4000-10000")
    assert ends(found["rtcp-monitor/hq"])[1::2] == ("2048-3029", "5005")


def test_groups_that_are_not_direct_talk_through_gateways_alone() -> None:
    ids = beside(talking(("  gateways:", "  direct: []\n  gateways:")))
    assert [id_ for id_ in ids if id_.startswith("media")] == ["media-to-gateway", "media-from-gateway"]


def test_phones_behind_one_router_need_no_rule_for_each_other() -> None:
    one_zone = (
        ("  branch: [10.20.0.0/24, 10.255.0.0/29]", "  branch: [10.20.0.0/24, 10.255.0.0/29, 10.30.0.0/24]"),
        ("  hq: [10.30.0.0/24, 10.255.1.0/29]\n", ""),
        ("10.255.1.2, ", ""),
        ("relay: 10.255.1.1", "relay: 10.255.0.1"),
    )
    assert "media-branch-to-branch" not in beside(talking(*one_zone))
    routed = (*one_zone, ("router: 10.30.0.1}, relay: 10.255.0.1", "}, routed_by: edge"))
    ids = {id_ for id_ in beside(talking(*routed)) if id_.startswith("media-branch")}
    assert ids == {"media-branch-to-branch/branch", "media-branch-to-branch/branch+2"}
    both = (*routed, ("router: 10.20.0.1}, relay: 10.255.0.1", "}, routed_by: edge"))
    networks = "10.20.0.0/24 10.30.0.0/24"
    assert ends(beside(talking(*both))["media-branch-to-branch"])[::2] == (networks, networks)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("ports: 2048-3329", "ports: 2049-3329"), "begin with an odd one"),
        (("ports: 2048-3329", "ports: 2048-2100"), "are 53"),
        (("  gateways:", "  direct: [brnch]\n  gateways:"), "no group of phones called brnch"),
        (("snmp: 10.9.0.51", "snmp: 10.8.0.51"), "snmp host 10.8.0.51 is in no zone"),
        (("snmp: 10.9.0.51", "snpm: 10.9.0.51"), "unknown key `snpm`"),
        (("address: 10.1.0.40", "address: 10.1.0.1"), "media gateway and edge share 10.1.0.1"),
        (("dns: 10.1.0.53", "dns: {address: 10.1.0.53, port: 0}"), "whole number >= 1"),
    ],
)
def test_what_cannot_be_is_refused(change: tuple[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        talking(change)
    assert said in " ".join(str(each) for each in (caught.value, *caught.value.others))
