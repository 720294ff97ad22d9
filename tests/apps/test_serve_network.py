"""`ringfence serve` on interfaces of its own, in namespaces: a relay agent, and who asks everybody."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.lab.privilege import acquire
from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology
from ringfence.model.address import TransportAddress, transport
from ringfence.wire import h225, ras

PROGRAM = [sys.executable, "-c", "from ringfence.apps.cli.main import main; main()"]
SERVERS, VOICE = IPv4Network("10.1.0.0/24"), IPv4Network("10.20.0.0/24")
UPLINK, BEYOND = IPv4Address("10.255.0.1"), IPv4Address("10.255.0.2")
PHONE = IPv4Interface("10.20.0.50/24")


def topology(phone: tuple[IPv4Interface, ...]) -> LabTopology:
    """The built-in branch without its firewall: phone -- router -- server; its data VLAN is elsewhere."""
    links = (
        LabLink(End("phone", "eth0", phone), End("router", "lan", (IPv4Interface("10.20.0.1/24"),))),
        LabLink(
            End("router", "wan", (IPv4Interface(f"{UPLINK}/29"),)),
            End("server", "eth0", (IPv4Interface(f"{BEYOND}/29"), IPv4Interface("10.1.0.10/24"))),
        ),
    )
    nodes = (
        LabNode("phone"),
        LabNode("router", forwarding=True, routes=(LabRoute(SERVERS, BEYOND),)),
        LabNode("server", routes=(LabRoute(VOICE, UPLINK),)),
    )
    return LabTopology(nodes, links)


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    acquire()
    asks = any(word in request.node.name for word in ("udhcpc", "comes_back"))
    phone = () if asks else (PHONE,)
    with Lab(topology(phone)) as built:
        yield built


def serving(lab: Lab, node: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A server that says it is ready."""
    server = lab[node].popen(
        [*PROGRAM, "serve", *arguments, "--for", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        environment={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert server.stdout is not None
    first = server.stdout.readline()
    assert b"serving" in first, first + server.stdout.read()
    return server


@pytest.mark.kernel
@pytest.mark.peers
@pytest.mark.parametrize("named", ["lan", "voice=lan"])
def test_udhcpc_is_served_through_a_relay_on_that_interface(lab: Lab, named: str) -> None:
    """Without a VLAN it is of the one, of the two that the site relays, whose router is this machine."""
    serving(lab, "server", "--role", "dhcp")
    serving(lab, "router", "--role", "relay", "--interface", named)
    client = lab["phone"].popen(
        ["udhcpc", "-f", "-q", "-n", "-t", "5", "-i", "eth0", "-s", "/bin/true"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert client.stdout is not None
    said = client.stdout.read().decode()
    assert client.wait(60) == 0, said
    assert re.search(r"lease of 10\.20\.0\.\d+ obtained from 10\.1\.0\.10", said), said


@pytest.mark.kernel
@pytest.mark.parametrize("dialect", ["h323", "avaya"])
def test_a_gatekeeper_is_found_by_broadcast(lab: Lab, dialect: str) -> None:
    serving(lab, "router", "--address", "10.20.0.1", "--dialect", dialect, "--anybody")
    endpoint = lab["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM)
    with endpoint:
        endpoint.settimeout(20)
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        endpoint.bind(("0.0.0.0", 0))
        here = transport(str(PHONE.ip), endpoint.getsockname()[1])
        endpoint.sendto(_grq(7, here), ("255.255.255.255", 1719))
        data, source = endpoint.recvfrom(4096)
    assert source == ("10.20.0.1", 1719)
    assert isinstance(ras.decode(data), h225.GatekeeperConfirm)


@pytest.mark.kernel
def test_a_gatekeeper_is_found_on_the_group(lab: Lab) -> None:
    """As ooh323c and H323Plus look for a gatekeeper: GRQ to 224.0.1.41:1718."""
    serving(lab, "router", "--address", "10.20.0.1", "--dialect", "h323", "--anybody")
    with lab["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.settimeout(20)
        endpoint.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, PHONE.ip.packed)
        endpoint.bind((str(PHONE.ip), 0))
        here = transport(str(PHONE.ip), endpoint.getsockname()[1])
        endpoint.sendto(_grq(5, here), ("224.0.1.41", 1718))
        gcf = ras.decode(endpoint.recv(4096))
    assert isinstance(gcf, h225.GatekeeperConfirm)
    assert gcf.rasAddress == address_field(transport("10.20.0.1", 1719))


@pytest.mark.kernel
def test_a_relay_says_which_interface_it_wants(lab: Lab) -> None:
    refused = lab["router"].popen(
        [*PROGRAM, "serve", "--role", "relay"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        environment={**os.environ},
    )
    assert refused.stdout is not None
    said = refused.stdout.read().decode()
    assert refused.wait(60) == 2, said
    assert "data and voice can be relayed, each on an interface of its own" in said
    assert "--interface data=NAME" in said


def test_nothing_is_lost_between_the_bind_and_the_first_line() -> None:
    """Whoever asks from before the port is open is answered from the first datagram that is not refused."""
    arguments = ["serve", "--dialect", "h323", "--anybody", "--address", "127.76.0.1", "--for", "60"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as endpoint:
        endpoint.bind(("127.76.1.1", 0))
        here = transport("127.76.1.1", endpoint.getsockname()[1])
        endpoint.connect(("127.76.0.1", 1719))
        with subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.PIPE, text=True) as server:
            endpoint.settimeout(0.005)
            taken: set[int] = set()
            answered: set[int] = set()
            for number in range(1, 60_000):
                if not _send(endpoint, number, here):
                    taken.clear()
                taken.add(number)
                heard = _receive(endpoint)
                if heard is None:
                    taken.clear()
                answered.update(heard or ())
                if len(answered) > 20:
                    break
            endpoint.settimeout(20)
            while taken - answered:
                answered.update(_receive(endpoint) or ())
            server.terminate()
            out, _ = server.communicate(timeout=30)
    assert "serving gatekeeper" in out.splitlines()[0]
    assert len(answered) > 20


def _grq(number: int, here: TransportAddress) -> bytes:
    grq = h225.GatekeeperRequest(
        requestSeqNum=number,
        protocolIdentifier=(0, 0, 8, 2250, 0, 4),
        rasAddress=address_field(here),
        endpointType=TERMINAL_TYPE,
    )
    return ras.encode(grq)


def _send(endpoint: socket.socket, number: int, here: TransportAddress) -> bool:
    """False: nobody was there for the datagram before."""
    data = _grq(number, here)
    try:
        endpoint.send(data)
    except ConnectionRefusedError:
        endpoint.send(data)
        return False
    return True


def _receive(endpoint: socket.socket) -> list[int] | None:
    """The number of an answer, if one came; None: nobody was there for the datagram before."""
    try:
        answer = ras.decode(endpoint.recv(4096))
    except ConnectionRefusedError:
        return None
    except TimeoutError:
        return []
    return [getattr(answer, "requestSeqNum", 0)]


@pytest.mark.kernel
@pytest.mark.peers
def test_an_interface_that_goes_and_comes_back_is_served_again(lab: Lab) -> None:
    """By an account that is not root any more: the sockets of port 67 are tied to the interface that was."""
    server = serving(
        lab, "router", "--role", "dhcp", "--address", "10.20.0.1", "--interface", "voice=lan", "--no-state"
    )
    client = ["udhcpc", "-f", "-q", "-n", "-t", "8", "-T", "1", "-i", "eth0", "-s", "/bin/true"]
    leased = re.compile(r"lease of 10\.20\.0\.\d+ obtained from 10\.20\.0\.1")
    for again in (False, True):
        if again:
            made_anew(lab)
            assert server.stdout is not None
            assert any(b"INTERFACE_RETURNED" in line for line in server.stdout)
        asking = lab["phone"].popen(client, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert asking.stdout is not None
        said = asking.stdout.read().decode()
        assert asking.wait(60) == 0, said
        assert leased.search(said), said


def made_anew(lab: Lab) -> None:
    """The link between phone and router, of the same names and addresses, is another one."""
    inside = ["sh", "-c", "echo; exec sleep 60"]  # once it speaks it is in its namespace
    phone = lab["phone"].popen(inside, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert phone.stdout is not None
    assert phone.stdout.readline()
    steps = (
        ("router", f"link add lan2 type veth peer name eth2 netns {phone.pid}"),
        ("router", "link del lan"),
        ("router", "link set lan2 name lan"),
        ("router", "addr add 10.20.0.1/24 dev lan"),
        ("router", "link set lan up"),
        ("phone", "link set eth2 name eth0"),
        ("phone", "link set eth0 up"),
    )
    for node, words in steps:
        step = lab[node].popen(["ip", *words.split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert step.stdout is not None
        said = step.stdout.read()
        assert step.wait(20) == 0, (words, said)
    phone.kill()
