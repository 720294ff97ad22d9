"""A site of foreign programs in namespaces, recorded on both sides of an nftables firewall by dumpcap.

phone (udhcpc or dhclient, curl) -- router (dhcrelay or dnsmasq) -- firewall (nftables) -- server (Kea,
dnsmasq or udhcpd; busybox httpd). RAS and call signalling are octets that pycrate encoded.
"""

import itertools
import json
import os
import select
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

from ringfence.lab.topology import End, Lab, LabLink, LabNode, LabRoute, LabTopology
from support.peers import pycrate_messages as h323

MAC = "00:1b:4f:1a:2b:3c"
DHCP, FILES, GATEKEEPER = (IPv4Address(f"10.1.0.{last}") for last in (10, 20, 30))
ROUTER, UPLINK, INSIDE, OUTSIDE = "10.20.0.1", "10.255.0.1", "10.255.0.2", "10.1.0.1"
OPTION = "MCIPADD=10.1.0.30,MCPORT=1719,HTTPSRVR=10.1.0.20"
# By name, so that a case can leave one out.
RULES = {
    "relay": "ip saddr {10.255.0.1, 10.20.0.1} ip daddr 10.1.0.10 udp sport 67 udp dport 67",
    "answer": "ip saddr 10.1.0.10 ip daddr 10.20.0.1 udp sport 67 udp dport 67",
    "renew": "ip saddr 10.20.0.0/24 ip daddr 10.1.0.10 udp sport 68 udp dport 67",
    "files": "ip saddr 10.20.0.0/24 ip daddr 10.1.0.20 tcp dport 80",
    "ras": "ip saddr 10.20.0.0/24 ip daddr 10.1.0.30 udp dport 1719",
    "signal": "ip saddr 10.1.0.30 ip daddr 10.20.0.0/24 tcp sport 61440-61444 tcp dport 1720",
    "echo": "ip saddr 10.20.0.0/24 ip daddr 10.1.0.30 icmp type echo-request",
}
_SOON = 0.15  # seconds in which an answer comes on one machine
_READY = 20.0
_TRIES = 3


def _topology() -> LabTopology:
    everywhere = IPv4Network("0.0.0.0/0")

    def ends(*addresses: str) -> tuple[IPv4Interface, ...]:
        return tuple(map(IPv4Interface, addresses))

    servers = ends(*(f"{each}/24" for each in (DHCP, FILES, GATEKEEPER)))
    return LabTopology(
        (
            LabNode("phone"),
            LabNode("router", forwarding=True, routes=(LabRoute(everywhere, IPv4Address(INSIDE)),)),
            LabNode(
                "firewall",
                forwarding=True,
                routes=(LabRoute(IPv4Network("10.20.0.0/24"), IPv4Address(UPLINK)),),
            ),
            LabNode("server", routes=(LabRoute(everywhere, IPv4Address(OUTSIDE)),)),
        ),
        (
            LabLink(End("phone", "eth0", mac=MAC), End("router", "lan", ends(f"{ROUTER}/24"))),
            LabLink(
                End("router", "uplink", ends(f"{UPLINK}/29")), End("firewall", "inside", ends(f"{INSIDE}/29"))
            ),
            LabLink(End("firewall", "outside", ends(f"{OUTSIDE}/24")), End("server", "eth0", servers)),
        ),
    )


class RealSite:
    """Build it once and record many boots; `folder` is where the programs' files are."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self._marks = itertools.count(1)
        self._numbers = itertools.count(100, 10)
        self.address = ""

    # Programs

    def start(self, node: str, arguments: Sequence[str], ready: str = "") -> subprocess.Popen[bytes]:
        """A program in the foreground, once it has printed `ready`."""
        own = dict.fromkeys(("KEA_PIDFILE_DIR", "KEA_LOCKFILE_DIR"), str(self.folder))
        environment = {**os.environ, **own}
        child = self.lab[node].popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, environment=environment
        )
        assert child.stdout is not None
        said = b""
        until = time.monotonic() + _READY
        while ready.encode() not in said:
            assert select.select([child.stdout], [], [], until - time.monotonic())[0], (arguments, said)
            octets = os.read(child.stdout.fileno(), 65536)
            assert octets, (arguments, said)
            said += octets
        os.set_blocking(child.stdout.fileno(), False)
        return child

    def run(self, node: str, *arguments: str) -> str:
        child = self.lab[node].popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out, _ = child.communicate(timeout=_READY)
        return out.decode(errors="replace")

    def rules(self, *without: str, more: str = "", end: str = "drop") -> None:
        lines = [f"{rule} accept" for name, rule in RULES.items() if name not in without]
        text = "\n".join(("ct state established,related accept", *lines, end))
        table = (
            "flush ruleset\ntable inet site {\nchain forward {\ntype filter hook forward priority 0;"
            f" policy drop;\n{text}\n}}\n}}\n{more}"
        )
        file = self.folder / "rules.nft"
        file.write_text(table)
        said = self.run("firewall", "nft", "-f", str(file))
        assert not said, said

    # Recording

    @contextmanager
    def recorded(self, name: str, *options: str) -> Iterator[tuple[Path, Path]]:
        """What passes the firewall on either side meanwhile, by two recorders of their own."""
        paths = self.folder / f"{name}-inside.pcapng", self.folder / f"{name}-outside.pcapng"
        interfaces = "inside", "outside"
        recorders = [
            self.start("firewall", ["dumpcap", "-q", "-i", interface, "-w", str(path), *options], "File:")
            for interface, path in zip(interfaces, paths, strict=True)
        ]
        yield paths
        mark = b"that is all %06d" % next(self._marks)
        for node, to in (("router", INSIDE), ("server", OUTSIDE)):
            with self.lab[node].socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(mark, (to, 9))
        for recorder, path in zip(recorders, paths, strict=True):
            until = time.monotonic() + _READY
            while mark not in path.read_bytes():
                assert recorder.poll() is None
                assert time.monotonic() < until, path
                select.select([], [], [], 0.02)
            recorder.terminate()
            recorder.wait(_READY)

    # What a phone does

    def leases(self, client: str = "udhcpc", tries: int = 3) -> bool:
        """A lease by a real client, configured on the phone's interface."""
        script = self.folder / "bound"
        script.write_text(
            '#!/bin/sh\n[ "$1" = bound ] || exit 0\n'
            "ip addr flush dev eth0; ip addr add $ip/24 dev eth0; ip route replace default via $router\n"
            f"echo $ip > {self.folder}/address.new; mv {self.folder}/address.new {self.folder}/address\n"
        )
        script.chmod(0o755)
        (self.folder / "address").write_text("")
        self.run("phone", "ip", "addr", "flush", "dev", "eth0")
        if client == "udhcpc":
            arguments = ["udhcpc", "-f", "-q", "-n", "-t", str(tries), "-T", "1", "-A", "0", "-i", "eth0"]
            self.run("phone", *arguments, "-V", "ccp.avaya.com", "-O", "242", "-s", str(script))
        else:
            self._dhclient(script, tries)
        self.address = (self.folder / "address").read_text().strip()
        return bool(self.address)

    def _dhclient(self, script: Path, tries: int) -> None:
        config = self.folder / "dhclient.conf"
        config.write_text(
            "option phone code 242 = string;\nrequest subnet-mask, routers, phone;\n"
            f'send vendor-class-identifier "ccp.avaya.com";\ntimeout {tries + 1};\n'
            "initial-interval 1;\nbackoff-cutoff 1;\n"
        )
        adapter = self.folder / "dhclient-script"
        adapter.write_text(
            '#!/bin/sh\n[ "$reason" = BOUND ] || exit 0\n'
            f'ip="$new_ip_address" router="$new_routers" {script} bound\n'
        )
        adapter.chmod(0o755)
        leases = self.folder / "dhclient.leases"
        leases.unlink(missing_ok=True)
        files = ["-cf", str(config), "-sf", str(adapter), "-lf", str(leases)]
        arguments = ["dhclient", "-4", "-1", "-d", *files, "-pf", str(self.folder / "dhclient.pid"), "eth0"]
        child = self.lab["phone"].popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None and not (self.folder / "address").read_text():
            select.select([], [], [], 0.02)
        child.kill()  # it gives the address back neither way
        child.wait(_READY)

    def fetches(self) -> bool:
        url = f"http://{FILES}/46xxsettings.txt"
        done = self.run("phone", "curl", "-s", "-m", "3.5", "-o", "/dev/null", "-w", "%{http_code}", url)
        return done == "200"

    def pings(self, count: int = 1) -> bool:
        done = self.run("phone", "busybox", "ping", "-c", str(count), "-W", "1", str(GATEKEEPER))
        return " 0% packet loss" in done

    @contextmanager
    def ras_channel(self, answers: bool = True) -> Iterator[Callable[[bytes, bytes], bool]]:
        """A function that sends a request and its answer, and tells whether that arrived."""
        phone = self.lab["phone"].socket(socket.AF_INET, socket.SOCK_DGRAM)
        server = self.lab["server"].socket(socket.AF_INET, socket.SOCK_DGRAM)
        with phone, server:
            phone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            phone.bind((self.address, 49300))
            if answers:
                server.bind((str(GATEKEEPER), 1719))

            def ask(request: bytes, answer: bytes) -> bool:
                for _ in range(_TRIES):
                    try:
                        phone.sendto(request, (str(GATEKEEPER), 1719))
                    except OSError:
                        continue  # an ICMP error about the one before
                    if not answers or not select.select([server], [], [], _SOON)[0]:
                        continue
                    _, source = server.recvfrom(2048)
                    server.sendto(answer, source)
                    if select.select([phone], [], [], _SOON)[0]:
                        phone.recv(2048)
                        return True
                return False

            yield ask

    def registers(self, answer: bytes | None = None, *, answers: bool = True) -> bool:
        """GRQ and RRQ; `answer`: what the RRQ gets, with its number, instead of an RCF."""
        number = next(self._numbers)
        with self.ras_channel(answers) as ask:
            if not ask(h323.grq(number, self.address), h323.gcf(number)):
                return False
            rcf = h323.rcf(number + 1) if answer is None else answer
            return ask(h323.rrq(number + 1, self.address), rcf) and answer is None

    @property
    def next_rrq(self) -> int:
        """The number of the RRQ that `registers` will send."""
        number = next(self._numbers)
        self._numbers = itertools.count(number, 10)
        return number + 1

    def is_called_back(self, *, listens: bool = True, answers: bool = True, patience: float = 3.4) -> bool:
        """The gatekeeper's connection to the phone's 1720, a Setup and what the phone says to it."""
        opener = self.lab["server"].socket(socket.AF_INET, socket.SOCK_STREAM)
        listener = self.lab["phone"].socket(socket.AF_INET, socket.SOCK_STREAM)
        with opener, listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if listens:
                listener.bind((self.address, 1720))
                listener.listen()
            opener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opener.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            opener.bind((str(GATEKEEPER), 61440))
            opener.settimeout(patience)
            try:
                opener.connect((self.address, 1720))
                taken, _ = listener.accept()
            except OSError:
                return False
            with taken:
                opener.sendall(h323.setup())
                taken.settimeout(patience)
                taken.recv(4096)
                if not answers:
                    return False
                taken.sendall(h323.call_proceeding())
                return bool(opener.recv(4096))

    # Servers

    def kea(self, option: str = OPTION, network: str = "10.20.0") -> subprocess.Popen[bytes]:
        subnet: dict[str, Any] = {
            "subnet": f"{network}.0/24",
            "id": 20,
            "pools": [{"pool": f"{network}.50-{network}.60"}],
            "option-data": [{"name": "routers", "data": f"{network}.1"}],
        }
        if option:
            subnet["option-data"] += [{"name": "phone", "data": option.replace(",", "\\,")}]
        configuration = {
            "interfaces-config": {"interfaces": [f"eth0/{DHCP}"], "dhcp-socket-type": "udp"},
            "lease-database": {"type": "memfile", "persist": False},
            "option-def": [{"name": "phone", "code": 242, "type": "string"}],
            "valid-lifetime": 3600,
            "subnet4": [subnet],
            "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout"}]}],
        }
        file = self.folder / "kea.json"
        file.write_text(json.dumps({"Dhcp4": configuration}))
        return self.start("server", ["kea-dhcp4", "-c", str(file)], "DHCP4_STARTED")

    def dnsmasq(self, option: str = OPTION) -> subprocess.Popen[bytes]:
        leases = self.folder / "dnsmasq.leases"
        leases.unlink(missing_ok=True)
        lines = ["port=0", "no-ping", "log-dhcp", "log-facility=-", "user=root", "dhcp-authoritative"]
        lines += [f"dhcp-leasefile={leases}", f"pid-file={self.folder / 'dnsmasq.pid'}"]
        lines += [
            "dhcp-range=10.20.0.50,10.20.0.60,255.255.255.0,3600s",
            "dhcp-option=option:router,10.20.0.1",
        ]
        lines += [f'dhcp-option=242,"{option}"'] if option else []
        file = self.folder / "dnsmasq.conf"
        file.write_text("\n".join(lines) + "\n")
        return self.start("server", ["dnsmasq", f"--conf-file={file}", "--no-daemon"], "DHCP, IP range")

    def udhcpd(self) -> subprocess.Popen[bytes]:
        """It knows no relay agents: it offers an address of its own network."""
        leases = self.folder / "udhcpd.leases"
        leases.write_bytes(b"")
        file = self.folder / "udhcpd.conf"
        file.write_text(
            "interface eth0\nstart 10.1.0.100\nend 10.1.0.110\noption subnet 255.255.255.0\n"
            f"option lease 3600\nlease_file {leases}\npidfile {self.folder / 'udhcpd.pid'}\n"
        )
        return self.start("server", ["busybox", "udhcpd", "-f", str(file)], "started")

    def relay(self, kind: str = "dhcrelay") -> subprocess.Popen[bytes]:
        """`dhcrelay`, the same with option 82 (`dhcrelay -a`), or `dnsmasq`, which asks from giaddr."""
        if kind == "dnsmasq":
            arguments = ["dnsmasq", "--conf-file=/dev/null", "--port=0", "--no-daemon", "--user=root"]
            return self.start(
                "router", [*arguments, "--log-facility=-", f"--dhcp-relay={ROUTER},{DHCP}"], "DHCP relay"
            )
        more = ["-a"] if kind.endswith("-a") else []
        arguments = ["dhcrelay", "-4", "-d", "--no-pid", *more, "-id", "lan", "-iu", "uplink", str(DHCP)]
        return self.start("router", arguments, "Socket/fallback")

    def files(self, *, empty: bool = False) -> subprocess.Popen[bytes]:
        root = self.folder / "www"
        root.mkdir(exist_ok=True)
        if not empty:
            (root / "46xxsettings.txt").write_text("## settings\n")
        return self.start("server", ["busybox", "httpd", "-f", "-p", f"{FILES}:80", "-h", str(root)])


@contextmanager
def real_site(folder: Path) -> Iterator[RealSite]:
    with Lab(_topology()) as lab:
        yield RealSite(lab, folder)


@contextmanager
def stopping(*children: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait(_READY)
