"""`ringfence dhcp`: the text alone on standard output, notes beside it, every mistake with its remedy."""

import json
import subprocess
import sys

import pytest

START = "import sys; from ringfence.apps.cli.entry import run; sys.argv[0] = 'ringfence'; run()"


def dhcp(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START, "dhcp", *arguments], capture_output=True, text=True, check=False
    )


def test_the_text_is_alone_on_standard_output() -> None:
    done = dhcp("branch", "--for", "isc")
    assert done.returncode == 0
    assert done.stdout.count("subnet ") == 3
    assert "note:" not in done.stdout
    assert "upper half of the network is assumed" in done.stderr


def test_two_servers_each_have_a_text_and_the_note_names_the_other() -> None:
    texts = [dhcp("enterprise", "--for", "kea", "--server", name) for name in ("dhcp-1", "dhcp-2")]
    pools = [{line.strip() for line in done.stdout.splitlines() if '"pool":' in line} for done in texts]
    assert len(pools[0]) == len(pools[1]) == 5
    assert not pools[0] & pools[1]
    assert "10.1.0.11 leases of the same networks" in texts[0].stderr


def test_json_has_scopes_text_and_notes() -> None:
    document = json.loads(dhcp("branch", "--for", "dnsmasq", "--json").stdout)
    assert [scope["vlan"] for scope in document["scopes"]] == [0, 20]
    assert document["scopes"][0]["string"] == "L2Q=1,L2QVLAN=20,VLANTEST=60"
    assert document["scopes"][0]["string"] in document["text"]
    assert document["made"]["site"]


def test_relay_lines_come_instead() -> None:
    done = dhcp("branch", "--relay", "ios", "--interface", "10.10.0.0/24=Vlan10")
    assert done.returncode == 0
    assert done.stdout.count("ip helper-address 10.1.0.10") == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--for kea|isc"),
        (("--for", "kea", "--relay", "ios"), "--for kea|isc"),
        (("--for", "bind"), "one of: kea, isc"),
        (("--relay", "bind"), "one of: ios, nxos"),
        (("--for", "kea", "--pool", "10.20.0.9"), "for instance 10.20.0.100-10.20.0.199"),
        (("--for", "kea", "--pool", "10.20.0.9-10.20.0.5"), "for instance 10.20.0.100-10.20.0.199"),
        (("--for", "kea", "--interface", "vlan20"), "for instance 10.20.0.0/24=vlan20"),
        (("--relay", "ios", "--server", "a"), "leave it out"),
        (("--relay", "ios", "--group", "a"), "one of: handsets"),
        (("--relay", "ios"), "give --interface 10.10.0.0/24=NAME"),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(arguments: tuple[str, ...], says: str) -> None:
    done = dhcp("branch", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr
