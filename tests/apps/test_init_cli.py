"""`ringfence init`: every path to a file ends in one that proves, and every mistake in what is accepted."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.apps.cli.asking.questions import QUESTIONS
from ringfence.model.site_file import parse

START = "import sys; from ringfence.apps.cli.entry import run; sys.argv[0] = 'ringfence'; run()"
RINGFENCE = [sys.executable, "-c", START]

# What the flags say beside those that every site needs.
SERVERS = {"gatekeepers": "10.1.0.30, 10.1.0.31", "dhcp": "10.1.0.10", "signalling": "gatekeeper"}
SITES = {
    "firewall-is-router": {"voice": "10.20.0.0/24", "firewall": "10.1.0.1"},
    "two-vlans": {"voice": "10.20.0.0/24", "vlan": "20", "data": "10.10.0.0/24", "firewall": "10.1.0.1"},
    "router": {
        "voice": "10.20.0.0/24",
        "vlan": "20",
        "data": "10.10.0.0/24",
        "router": "10.20.0.1",
        "firewall": "10.255.0.2,10.1.0.1",
        "relay": "10.255.0.1",
        "files": "https://10.1.0.20:411 10.1.0.21",
    },
    "giaddr": {
        "voice": "10.20.0.0/24",
        "router": "10.20.0.1",
        "firewall": "10.255.0.2,10.1.0.1",
        "relay": "giaddr",
        "uplink": "10.255.0.1",
    },
    "dhcp-beside": {
        "voice": "10.20.0.0/24",
        "router": "10.20.0.1",
        "firewall": "10.20.0.2,10.1.0.1",
        "dhcp": "10.20.0.10",
    },
    "46xx": {
        "voice": "10.20.0.0/24",
        "firewall": "10.1.0.1",
        "files": "tftp://10.1.0.20",
        "family": "46xx",
        "ras_ports": "49300",
    },
    "ip-office": {
        "voice": "10.20.0.0/24",
        "firewall": "10.9.0.1,10.8.0.1",
        "dhcp": "10.9.0.5",
        "gatekeepers": "10.8.0.5",
        "signalling": "handset",
    },
}


def ringfence(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RINGFENCE, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def flags(said: dict[str, str]) -> list[str]:
    return [word for name, value in said.items() for word in (f"--{name.replace('_', '-')}", value)]


def proved(path: Path) -> None:
    done = ringfence("prove", path, "--simulated")
    assert done.returncode == 0, done.stdout + done.stderr


def typed(path: Path, lines: list[str], *arguments: str) -> str:
    """What is on the terminal of a person who types these lines."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [*RINGFENCE, "init", str(path), *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    os.write(ours, "".join(f"{line}\n" for line in lines).encode())
    shown = b""
    try:
        while more := os.read(ours, 65_536):
            shown += more
    except OSError:  # Linux says so when the last of the other side is closed
        pass
    finally:
        os.close(ours)
        child.wait()
    return shown.decode()


@pytest.mark.parametrize("name", SITES)
def test_the_file_of_flags_proves(tmp_path: Path, name: str) -> None:
    file = tmp_path / "site.yaml"
    done = ringfence("init", file, *flags(SERVERS | SITES[name]))
    assert done.returncode == 0, done.stderr
    assert f"ringfence prove {file}" in done.stderr
    proved(file)


def test_a_person_answers_and_is_corrected_at_once(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    answers = ["", "10.20.0.0", "10.20.0.0/24", "4095", "20", "10.20.0.0/25", "10.10.0.0/24", "10.30.0.1"]
    answers += ["10.20.0.1", "", "10.255.0.2", "10.255.0.2,10.1.0.1", "", "10.1.0.10", "10.255.0.1"]
    answers += ["http://files", "10.1.0.20", "10.1.0.30", "both", "gatekeeper", "", ""]
    shown = typed(file, answers)
    for wrong in (
        "4095' is no VLAN id; accepted: 0-4094",
        "10.20.0.0/25 and 10.20.0.0/24 overlap",
        "10.30.0.1 is not in 10.20.0.0/24",
        "one address is not on both sides",
        "is no file server; accepted: ADDRESS, https://ADDRESS:411",
        "'both' is none of them; accepted: gatekeeper, handset, handset-tls",
    ):
        assert wrong in shown
    site = parse(file.read_text())
    assert site.groups[0].voice.id == 20
    proved(file)


def test_what_flags_say_is_not_asked(tmp_path: Path) -> None:
    said = SERVERS | SITES["router"]
    left = [each.name for each in QUESTIONS if each.name not in said and each.name != "uplink"]
    shown = typed(tmp_path / "site.yaml", [""] * len(left), *flags(said))
    assert "wrote" in shown
    assert "Gatekeepers" not in shown


def test_an_end_of_input_writes_nothing(tmp_path: Path) -> None:
    shown = typed(tmp_path / "site.yaml", ["", "\x04"])
    assert "Traceback" not in shown
    assert not (tmp_path / "site.yaml").exists()


def test_without_a_terminal_the_flags_that_are_wanting_are_named(tmp_path: Path) -> None:
    done = ringfence("init", tmp_path / "site.yaml", "--voice", "10.20.0.0/24")
    assert done.returncode == 2
    assert "--firewall, --dhcp, --gatekeepers, --signalling" in done.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"voice": "10.20.0.0/30"}, "no room for phones"),
        ({"voice": "10.20.0.1/24"}, "is no network"),
        ({"vlan": "x"}, "accepted: 0-4094"),
        ({"router": "10.9.0.1"}, "is not in 10.20.0.0/24"),
        ({"gatekeepers": "10.1.0.300"}, "'10.1.0.300' is no address"),
        ({"files": "ftp://10.1.0.20"}, "is no file server"),
        ({"files": "10.1.0.20:0"}, "is no file server"),
        ({"ras_ports": "1-70000"}, "are no ports"),
        ({"relay": "giaddr"}, "not needed with these answers"),
        ({"router": "10.20.0.1", "firewall": "10.20.0.2,10.1.0.1"}, "--relay"),
        ({"site": "a b"}, "is no name"),
        ({"family": "9650"}, "accepted: 46xx"),
        ({"files": "tftp://10.1.0.20"}, "46xx"),
        ({"fill": "a=b"}, "give --from-learn FILE"),
    ],
)
def test_a_wrong_answer_is_refused_with_what_is_accepted(
    tmp_path: Path, change: dict[str, str], says: str
) -> None:
    done = ringfence("init", tmp_path / "site.yaml", *flags(SERVERS | SITES["firewall-is-router"] | change))
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "site.yaml").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text("mine")
    done = ringfence("init", file, *flags(SERVERS | SITES["router"]))
    assert done.returncode == 2
    assert file.read_text() == "mine"


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    done = ringfence("init", tmp_path / "none" / "site.yaml", *flags(SERVERS | SITES["router"]))
    assert done.returncode == 2
    assert "No such file" in done.stderr


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What learn says of a boot."""
    folder = tmp_path_factory.mktemp("learned")
    ringfence("prove", "branch", "--simulated", "--pcap", folder)
    file = folder / "learned.yaml"
    ringfence("learn", folder / "simulated-handsets.pcap", "-o", file, "--name", "branch")
    return file


def test_what_learn_proposed_proves(learned: Path, tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    done = ringfence("init", file, "--from-learn", learned)
    assert done.returncode == 0, done.stderr
    assert "learned.yaml" in file.read_text()
    proved(file)


def test_what_learn_does_not_know_is_named_filled_and_asked(learned: Path, tmp_path: Path) -> None:
    wanting = tmp_path / "wanting.yaml"
    known = learned.read_text().replace("  call_control: gatekeeper", "  call_control: UNKNOWN")
    wanting.write_text(known.replace("  address: 10.1.0.10", "  address: UNKNOWN"))
    file = tmp_path / "site.yaml"
    done = ringfence("init", file, "--from-learn", wanting)
    assert done.returncode == 2
    assert "--fill dhcp_server.address=VALUE; --fill registration.call_control=VALUE" in done.stderr
    fill = ["--from-learn", str(wanting), "--fill", "dhcp_server.address=10.1.0.10"]
    done = ringfence("init", file, *fill, "--fill", "registration.call_control=nobody")
    assert done.returncode == 2
    assert "registration.call_control" in done.stderr
    shown = typed(file, ["nobody", "gatekeeper"], *fill)
    assert "gatekeeper" in shown.partition("nobody")[2]
    proved(file)


def test_learn_and_other_answers_exclude_each_other(learned: Path, tmp_path: Path) -> None:
    done = ringfence("init", tmp_path / "site.yaml", "--from-learn", learned, "--voice", "10.20.0.0/24")
    assert done.returncode == 2
    assert "--voice" in done.stderr
