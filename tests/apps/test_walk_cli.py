"""`ringfence walk` at both ends of the kernel's firewall, with what `ringfence rules` wrote and less."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ringfence.apps.cli.files.site_input import read_text
from ringfence.apps.cli.main import main
from ringfence.model.site_file import parse
from ringfence.roles.network import FIREWALL_NODE
from support.documents import unlike_its_schema
from support.lab.production import PATIENCE, STRANGER, ProductionSite, production_site

# A firewall that forgets soon, so that what the gatekeeper opens then comes soon too.
FORGETS = "server_side: 10.1.0.1\n  udp_timeout: 1\n  udp_stream_timeout: 2\n"
TIMERS = {"udp_timeout": "1", "udp_timeout_stream": "2"}


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionSite]:
    """The built-in branch before its servers are there; ISC's dhcrelay is on the router."""
    text = read_text(None)[0].replace("server_side: 10.1.0.1\n", FORGETS)
    with production_site(parse(text, "branch"), text, tmp_path_factory.mktemp("walk")) as site:
        site.lab[FIREWALL_NODE].sysctl({f"net.netfilter.nf_conntrack_{k}": v for k, v in TIMERS.items()})
        site.relay()
        site.disconnect_servers()
        yield site


class Walk(NamedTuple):
    """Exit status and what was printed, at each end and of both recordings together."""

    handsets: tuple[int, str]
    servers: tuple[int, str]
    both: tuple[int, str]
    page: str


def walk(site: ProductionSite, folder: Path, *more: str) -> Walk:
    """The two ends know the site file alone."""
    file, page = str(site.folder / "site.yaml"), folder / "walk.html"
    near, far = str(folder / "handsets.pcapng"), str(folder / "servers.pcapng")
    at_servers = ("--at", "servers", "-i", "eth0", "--record", far, "--once")
    servers = site.start(STRANGER, "walk", file, *at_servers, *more, until="playing")
    node, interface = site.phone_place
    at_handsets = ("--at", "handsets", "-i", interface, "--record", near, "--timeout", "4")
    handsets = site.run(node, "walk", file, *at_handsets, *more)
    servers.send_signal(signal.SIGINT)
    out, _ = servers.communicate(timeout=PATIENCE)
    both = site.run(STRANGER, "walk", file, near, far, "--for", "nftables", "--html", str(page), *more)
    return Walk(handsets, (servers.returncode, out.decode()), both, page.read_text(encoding="utf-8"))


def test_with_the_rules_that_were_written_every_rule_is_seen_to_work(
    branch: ProductionSite, tmp_path: Path
) -> None:
    branch.load()
    done = walk(branch, tmp_path)
    assert done.both[0] == 0, done.both[1]
    assert "PASSED  every stage was reached, 10 rules let their flows through" in done.both[1]
    assert (done.servers[0], "PASSED  every stage" in done.servers[1]) == (0, True), done.servers[1]
    # Nothing answers a RELEASE, so the handsets' end alone does not claim it.
    assert done.handsets[0] == 1
    assert "PASSED HERE  9 rules" in done.handsets[1]
    assert "dhcp-release" in done.handsets[1].splitlines()[-1]
    assert "Cut-over test: branch-office" in done.page
    near, far = str(tmp_path / "handsets.pcapng"), str(tmp_path / "servers.pcapng")
    printed = branch.run(STRANGER, "walk", str(branch.folder / "site.yaml"), near, far, "--json")[1]
    assert unlike_its_schema("walk", printed) == []
    status, said = branch.run(STRANGER, "walk", str(branch.folder / "site.yaml"), far, near)
    assert (status, "name the recording of the handsets' end first" in said) == (2, True)


@pytest.mark.parametrize(
    ("without", "more"),
    [
        # Each rule alone is missing in tests/verify, on the simulated network.
        (("discover+ras+ras-refresh",), ("--quick",)),
        (("signal-gatekeeper", "ras-notify"), ()),
    ],
    ids=lambda each: "+".join(each)[:20],
)
def test_the_rules_that_are_missing_are_named_in_the_firewalls_syntax(
    branch: ProductionSite, tmp_path: Path, without: tuple[str, ...], more: tuple[str, ...]
) -> None:
    branch.load(*without)
    done = walk(branch, tmp_path, *more)
    assert [done.handsets[0], done.servers[0], done.both[0]] == [1, 1, 1]
    said = done.both[1]
    assert f"which these rules should permit: {', '.join(without)}\n" in said
    commands = [line for line in said.splitlines() if line.startswith("nft insert rule")]
    assert len(commands) == len(without)
    for rule in without:
        assert any(f'comment "{rule}"' in command for command in commands)
        assert rule in done.page
    # What it says to do mends it.
    for command in commands:
        assert branch.program(FIREWALL_NODE, ["sh", "-c", command]).wait(PATIENCE) == 0
    listed = branch.program(FIREWALL_NODE, ["nft", "list", "ruleset"]).communicate(timeout=PATIENCE)[0]
    assert all(f'comment "{rule}"' in listed.decode() for rule in without)


def test_servers_that_are_in_service_are_not_disturbed(branch: ProductionSite) -> None:
    node = branch.network.nodes[branch.site.groups[0].files[0].address]
    branch.program(node, ["ip", "link", "set", "eth0", "up"]).wait(PATIENCE)
    try:
        file = str(branch.folder / "site.yaml")
        status, said = branch.run(STRANGER, "walk", file, "--at", "servers", "-i", "eth0")
    finally:
        branch.program(node, ["ip", "link", "set", "eth0", "down"]).wait(PATIENCE)
    assert status == 2
    assert "10.1.0.20 is in use by " in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("branch",), "0 recordings are given"),
        (("branch", "--at", "handsets"), "no interface is named"),
        (("branch", "--at", "handsets", "-i", "lo", "x.pcap"), "an end takes no recordings"),
        (("branch", "-i", "lo", "x.pcap", "y.pcap"), "is for an end"),
        (("branch", "x.pcap", "y.pcap"), "x.pcap"),
        (("branch", "--at", "servers", "-i", "nowhere0"), "there is no such interface"),
        (("enterprise", "x.pcap", "y.pcap"), "--group"),
        (("branch", "x.pcap", "y.pcap", "--turn", "3"), "--turn"),
        (("branch", "--at", "handsets", "-i", "lo", "--timeout", "0"), "--timeout"),
    ],
)
def test_a_mistake_ends_in_a_sentence(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["walk", *arguments, *(("--record", str(tmp_path / "r")) if "--at" in arguments else ())])
    assert ended.value.code in {2, 3}
    assert words in capsys.readouterr().err
