"""Reserved addresses, pools that two servers share, and leases that another server goes on with."""

import shutil
import subprocess
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from ringfence.actors.dhcp.leases import LeaseRecord, LeaseState
from ringfence.actors.dhcp.server import DhcpServer
from ringfence.apps.cli.serving.kea_leases import kea_csv
from ringfence.apps.cli.serving.reservations import reservations_of
from ringfence.apps.cli.serving.roles import RoleOptions, ServedRole, machines
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from support.example_sites import example

CLOCK = 1_800_000_000.0
MAC = bytes.fromhex("001b4f010203")
LEASES = [
    LeaseRecord("", b"\0\1" + MAC, IPv4Address("10.20.0.130"), LeaseState.BOUND, CLOCK + 600),
    LeaseRecord("", b"\1\xff\0\1", IPv4Address("10.20.0.131"), LeaseState.BOUND, None),
    LeaseRecord("", b"", IPv4Address("10.20.0.132"), LeaseState.DECLINED, CLOCK + 60),
    LeaseRecord("", b"\0\1" + MAC, IPv4Address("10.20.0.133"), LeaseState.FREE, None),
    LeaseRecord("", b"\0\1" + MAC, IPv4Address("10.20.0.134"), LeaseState.OFFERED, CLOCK + 60),
]


def test_bound_and_declined_leases_are_exported() -> None:
    text = kea_csv(LEASES, {IPv4Network("10.20.0.0/24"): 7}, CLOCK)
    rows = [line.split(",") for line in text.splitlines()]
    assert len({len(row) for row in rows}) == 1
    assert [row[:6] for row in rows[1:]] == [
        ["10.20.0.130", "00:1b:4f:01:02:03", "", "600", "1800000600", "7"],
        ["10.20.0.131", "", "ff:00:01", "4294967295", "1800000000", "7"],
        ["10.20.0.132", "", "", "60", "1800000060", "7"],
    ]
    assert [row[9] for row in rows[1:]] == ["0", "0", "1"]


@pytest.mark.peers
def test_kea_reads_them(tmp_path: Path) -> None:
    program = shutil.which("kea-lfc") or "/usr/sbin/kea-lfc"
    if not Path(program).exists():
        pytest.skip("kea-lfc is not installed")
    (tmp_path / "leases.1").write_text(kea_csv(LEASES, {}, CLOCK))
    files = {"-x": "leases.2", "-i": "leases.1", "-o": "out", "-f": "finish", "-p": "pid", "-c": "ignored"}
    words = [word for option, name in files.items() for word in (option, str(tmp_path / name))]
    done = subprocess.run([program, "-4", *words], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    kept = (tmp_path / "leases.2").read_text()
    assert [line.split(",")[0] for line in kept.splitlines()[1:]] == [
        "10.20.0.130",
        "10.20.0.131",
        "10.20.0.132",
    ]


def options(site: Site, address: str, *reserved: str) -> RoleOptions:
    roles, at = (ServedRole.DHCP,), IPv4Address(address)
    return RoleOptions(site, roles, at, None, "avaya", {}, reservations=reservations_of(reserved))


def pools(site: Site, address: str) -> set[IPv4Address]:
    machine = machines(options(site, address)).parts[ServedRole.DHCP]
    assert isinstance(machine, DhcpServer)
    return {each for scope in machine.served_scopes for pool in scope.pools for each in pool}


def test_two_servers_of_a_site_lease_no_address_twice() -> None:
    branch = example("branch")
    group = branch.groups[0]
    first = group.dhcp[0]
    second = replace(first, name="second", address=IPv4Address("10.1.0.11"))
    both = replace(branch, groups=(replace(group, dhcp=(first, second)),))
    shares = [pools(both, str(first.address)), pools(both, "10.1.0.11")]
    assert not shares[0] & shares[1]
    assert shares[0] | shares[1] == pools(branch, str(first.address))
    assert all(shares)


def test_a_reserved_address_is_in_its_network() -> None:
    branch = example("branch")
    machine = machines(options(branch, "10.1.0.10", "00:1b:4f:01:02:03=10.20.0.50")).parts[ServedRole.DHCP]
    assert isinstance(machine, DhcpServer)
    assert [each.address for scope in machine.served_scopes for each in scope.reservations] == [
        IPv4Address("10.20.0.50")
    ]
    with pytest.raises(InputError, match="in no network"):
        machines(options(branch, "10.1.0.10", "00:1b:4f:01:02:03=192.0.2.1"))


def test_reservations_are_words_or_a_file(tmp_path: Path) -> None:
    lines = ("# reception", "001b4f010203=10.20.0.50", "", "00-1b-4f-01-02-04=10.20.0.51")
    (tmp_path / "reserved").write_text("\n".join(lines))
    assert reservations_of([f"@{tmp_path / 'reserved'}"]) == {
        MAC: IPv4Address("10.20.0.50"),
        bytes.fromhex("001b4f010204"): IPv4Address("10.20.0.51"),
    }


@pytest.mark.parametrize(
    "words",
    [
        ["00:1b:4f:01:02:03"],
        ["00:1b:4f:01:02=10.20.0.50"],
        ["00:1b-4f:01:02:03=10.20.0.50"],
        ["00:1b:4f:01:02:03=10.20.0"],
        ["00:1b:4f:01:02:03=10.20.0.50", "00:1b:4f:01:02:04=10.20.0.50"],
        ["00:1b:4f:01:02:03=10.20.0.50", "001B4F010203=10.20.0.51"],
        ["@/nowhere"],
    ],
)
def test_what_is_no_reservation_is_told(words: list[str]) -> None:
    with pytest.raises(InputError):
        reservations_of(words)
