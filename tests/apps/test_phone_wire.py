"""`ringfence phone -i`: whole boots on a trunk, through the kernel's firewall with the site's own rules."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.apps.cli.files.site_input import read_site, read_text
from ringfence.capture.reader import Capture
from ringfence.wire import dhcp
from ringfence.wire.dhcp_options import DhcpMessageType
from ringfence.wire.frame import packet_of
from support.lab.production import LINE, PATIENCE, TAGGED_PORT, ProductionSite, production_site

pytestmark = [pytest.mark.kernel, pytest.mark.peers]
PHONE = ("phone", "-i", TAGGED_PORT, "--call-control", "gatekeeper", "--password", "1234")
STAGES = ("address", "release", "vlan-move", "provision", "discover", "register", "signal", "echo")


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionSite]:
    """The built-in branch, served by its own servers and relayed by ISC's dhcrelay."""
    with production_site(read_site(None), read_text(None)[0], tmp_path_factory.mktemp("branch")) as site:
        site.serve("--anybody")
        yield site


def test_a_handset_boots_whole_stays_and_leaves_at_ctrl_c(branch: ProductionSite, tmp_path: Path) -> None:
    record = tmp_path / "phone.pcapng"
    phone = branch.start(LINE, *PHONE, "--record", str(record))
    said = branch.read_until(phone, "signal reached")
    phone.send_signal(signal.SIGINT)
    out, _ = phone.communicate(timeout=PATIENCE)
    said += out.decode()
    assert phone.returncode == 0, said
    for stage in STAGES:
        assert f": {stage} reached: " in said
    assert "vlan-move reached: 10.20.0." in said
    assert "1 of 1 registered" in said
    told = branch.run(LINE, "explain", str(record), "--json")[1]
    [handset] = json.loads(told)["explanation"]["handsets"]
    assert (handset["verdict"], handset["mac"][:8]) == ("registered", "00:1b:4f")
    assert last_dhcp(record) is DhcpMessageType.RELEASE


def last_dhcp(record: Path) -> DhcpMessageType | None:
    seen = [packet_of(frame.data) for frame in Capture(record)]
    messages = [
        dhcp.decode(each.payload) for each in seen if each is not None and each.destination_port == 67
    ]
    return messages[-1].message_type


def test_a_check_is_ok_critical_or_unknown(branch: ProductionSite) -> None:
    status, said = branch.run(LINE, *PHONE, "--once")
    assert (status, said[:22]) == (0, "REGISTRATION OK - 2001")
    assert all(f" {stage}=" in said for stage in STAGES)
    branch.load("signal-gatekeeper")
    try:
        status, said = branch.run(LINE, *PHONE, "--once", "--timeout", "5")
    finally:
        branch.load()
    assert (status, said[:23]) == (2, "REGISTRATION CRITICAL -")
    assert "no call-signalling connection was established" in said
    assert branch.run(LINE, *PHONE, "--once", "--warning", "0.1")[0] == 1
    status, said = branch.run(LINE, *PHONE, "--once", "-i", "nowhere0")
    assert (status, said[:22]) == (3, "REGISTRATION UNKNOWN -")


def test_many_are_reported_by_percentiles(branch: ProductionSite, tmp_path: Path) -> None:
    page = tmp_path / "phones.html"
    many = ("--count", "30", "--rate", "40", "--ramp", "0.2", "--for", "2", "--mac", "00:1b:4f:55:ff:f0")
    status, said = branch.run(LINE, *PHONE, *many, "--json", "--html", str(page))
    assert status == 0, said
    told = json.loads(said)
    assert (told["report"]["count"], told["report"]["good"]) == (30, 30)
    times = {each["stage"]: each for each in told["report"]["stages"]}
    assert times["register"]["reached"] == 30
    assert 0.5 < times["register"]["seconds"]["50"] <= times["register"]["seconds"]["100"]
    assert len({each["address"] for each in told["phones"]}) == 30
    assert "30 of 30 handsets registered" in page.read_text(encoding="utf-8")


def test_it_never_says_registered_when_the_gatekeeper_has_lost_it(branch: ProductionSite) -> None:
    """One that starts anew without its state has lost everybody; the set learns it when it leaves."""
    node = branch.network.nodes[branch.site.groups[0].gatekeepers[0].address]
    phone = branch.start(LINE, *PHONE)
    said = branch.read_until(phone, "signal reached")
    branch.replace_gatekeeper(node, "--anybody", "--no-state")
    said += branch.read_until(phone, "signal failed")
    phone.send_signal(signal.SIGINT)
    out, _ = phone.communicate(timeout=PATIENCE)
    assert phone.returncode == 1, said
    assert "0 of 1 registered" in out.decode()


def test_a_cable_that_is_pulled_out_is_said_and_comes_back(branch: ProductionSite) -> None:
    phone = branch.start(LINE, *PHONE)
    branch.read_until(phone, "signal reached")
    branch.program(LINE, ["ip", "link", "set", "far", "down"]).wait(PATIENCE)
    branch.read_until(phone, "INTERFACE_DOWN: near is down")
    branch.program(LINE, ["ip", "link", "set", "far", "up"]).wait(PATIENCE)
    branch.read_until(phone, "INTERFACE_UP: near is up again")
    phone.send_signal(signal.SIGINT)
    out, _ = phone.communicate(timeout=PATIENCE)
    assert (phone.returncode, "1 of 1 registered" in out.decode()) == (0, True), out.decode()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[ProductionSite]:
    with production_site(read_site("plain-h323"), read_text("plain-h323")[0], tmp_path) as site:
        site.serve("--anybody", "--dialect", "h323")
        site.open_up()  # a gatekeeper that routes calls opens them to who is called, which is no registration
        yield site


def test_plain_handsets_on_the_wire_call_one_another(plain: ProductionSite) -> None:
    terminals = ("--dialect", "h323", "--count", "2", "--call", "2002", "--for", "4")
    node, interface = plain.phone_place
    status, said = plain.run(node, "phone", "-i", interface, *terminals)
    assert status == 0, said
    assert "call to 2002 connected" in said
    assert "2 of 2 registered, the call connected" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-i", "nowhere0"), "there is no such interface"),
        (("-i", "lo", "10.1.0.30"), "learns its address and its gatekeeper"),
        ((), "no gatekeeper is named"),
        (("10.1.0.30", "--vlan", "20"), "add -i INTERFACE"),
        (("-i", "lo", "--vlan", "4095"), "0 (untagged) to 4094"),
        (("-i", "lo", "--mac", "01:00:5e:00:00:01"), "is not the MAC address of one host"),
        (("-i", "lo", "--ramp", "3"), "add --rate"),
    ],
)
def test_a_mistake_ends_in_a_sentence(branch: ProductionSite, arguments: tuple[str, ...], words: str) -> None:
    status, said = branch.run(LINE, "phone", *arguments)
    assert (status, words in said, "Traceback" in said) == (2, True, False), said
