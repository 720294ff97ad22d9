"""`ringfence serve` killed under load, again and again: is anything lost that it acknowledged?

    python -m support.killing [ROUNDS] [SEED]

Each round registers, unregisters and leases with many requests under way, kills the process after a drawn
number of answers (SIGKILL), starts it again on the same state and asks for everything that was acknowledged.
Leases need port 67; without the privilege they are left out.
"""

import os
import random
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

from ringfence.actors.ras.fields import TERMINAL_TYPE, address_field
from ringfence.model.address import TransportAddress
from ringfence.wire import h225, ras
from ringfence.wire.dhcp import DhcpMessage, Op, decode, encode
from ringfence.wire.dhcp_options import MESSAGE_TYPE, REQUESTED_ADDRESS, SERVER_ID, DhcpMessageType
from ringfence.wire.h225.values import protocol_identifier

V4 = protocol_identifier(4)
VENDOR = h225.VendorIdentifier(
    vendor=h225.H221NonStandard(t35CountryCode=9, t35Extension=0, manufacturerCode=61)
)
LINK = IPv4Address("10.20.0.1")  # the voice network of the built-in site
WINDOW = 24
LATE = 2.0  # seconds after which a request counts as not answered
MAIN = "import sys; from ringfence.apps.cli.main import main; sys.exit(main())"


class Serve:
    """A serve on `state` that can be started again after it was killed."""

    def __init__(self, address: str, state: Path | None, *options: str) -> None:
        self.address = address
        keeps = ["--no-state"] if state is None else ["--state", str(state)]
        self._command = [sys.executable, "-c", MAIN, "serve", "--address", address, *keeps, *options]
        self.said: list[str] = []

    def start(self) -> float:
        """Seconds until it serves."""
        begun = time.perf_counter()
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if "serving " in line:
                break
        else:
            raise AssertionError("".join(self.said))
        return time.perf_counter() - begun

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def small_disk(octets: int) -> Iterator[None]:
    """Processes that are started meanwhile write no file that is longer, as if the disk were full then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


class Phones:
    """Endpoints with an address each, and DHCP clients behind one relay, all at sockets of this process."""

    def __init__(self, serve: str, *, leases: bool) -> None:
        self.gatekeeper, self.server = (serve, 1719), (serve, 67)
        self.relay_address = IPv4Address(serve) + 1
        self.ras = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ras.bind(("0.0.0.0", 0))
        self.ras.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO: a source address for each datagram
        self.port = self.ras.getsockname()[1]
        self.relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if leases:
            self.relay.bind((str(self.relay_address), 67))
        self.registered: dict[int, str] = {}
        self.unregistered: dict[int, str] = {}
        self.leased: dict[int, IPv4Address] = {}
        self.offered: dict[int, IPv4Address] = {}
        self.ending: set[int] = set()  # whose URQ is not answered yet
        self.lost: list[str] = []

    def close(self) -> None:
        self.ras.close()
        self.relay.close()

    def rrq(self, number: int, identifier: str = "") -> None:
        """A full one, or a keep-alive of what is registered."""
        here = TransportAddress(IPv4Address(0x7F400000 + number), self.port)
        message = h225.RegistrationRequest(
            requestSeqNum=number % 65535 + 1,
            protocolIdentifier=V4,
            discoveryComplete=True,
            callSignalAddress=[address_field(here)],
            rasAddress=[address_field(here)],
            terminalType=TERMINAL_TYPE,
            terminalAlias=None if identifier else [("dialedDigits", str(100_000 + number))],
            endpointVendor=VENDOR,
            keepAlive=bool(identifier),
            endpointIdentifier=identifier or None,
            willSupplyUUIEs=False,
            timeToLive=300,
        )
        self._say(here, message)

    def urq(self, number: int) -> None:
        self.ending.add(number)
        here = TransportAddress(IPv4Address(0x7F400000 + number), self.port)
        message = h225.UnregistrationRequest(
            requestSeqNum=number % 65535 + 1,
            callSignalAddress=[address_field(here)],
            endpointIdentifier=self.registered[number],
        )
        self._say(here, message)

    def _say(self, here: TransportAddress, message: ras.RasMessage) -> None:
        source = struct.pack("@i4s4s", 0, here.ip.packed, bytes(4))
        self.ras.sendmsg([ras.encode(message)], [(socket.IPPROTO_IP, 8, source)], 0, self.gatekeeper)

    def ask_lease(self, number: int, kind: DhcpMessageType, wanted: IPv4Address | None = None) -> None:
        options = [MESSAGE_TYPE(kind), (82, b"\x05\x04" + LINK.packed)]
        if wanted is not None:
            options[1:1] = [REQUESTED_ADDRESS(wanted), SERVER_ID(IPv4Address(self.server[0]))]
        message = DhcpMessage(
            op=Op.BOOTREQUEST,
            xid=number,
            chaddr=b"\2" + number.to_bytes(5),
            giaddr=self.relay_address,
            options=tuple(options),
        )
        self.relay.sendto(encode(message), self.server)

    def hear(self, seconds: float) -> int:
        """Take what has come within that time; how many answers."""
        ready, _, _ = select.select([self.ras, self.relay], [], [], seconds)
        for sock in ready:
            if sock is self.ras:
                data, ancillary, _, _ = sock.recvmsg(4096, 64)
                number = int.from_bytes(ancillary[0][2][8:12]) - 0x7F400000
                self._answered(number, ras.decode(data))
            else:
                self._leased(decode(sock.recv(4096)))
        return len(ready)

    def _answered(self, number: int, message: object) -> None:
        match message:
            case h225.RegistrationConfirm(endpointIdentifier=identifier):
                self.registered[number] = identifier
            case h225.UnregistrationConfirm() if number in self.registered:
                self.unregistered[number] = self.registered.pop(number)
            case h225.RegistrationReject() if number in self.ending:
                # It had ended when the process died, and nobody was told.
                self.registered.pop(number, None)
            case h225.RegistrationReject() if number in self.registered:
                self.lost.append(f"registration {number} {self.registered[number]}")
            case _:
                pass

    def _leased(self, message: DhcpMessage) -> None:
        number = message.xid
        match message.message_type:
            case DhcpMessageType.OFFER:
                self.offered[number] = message.yiaddr
                self.ask_lease(number, DhcpMessageType.REQUEST, message.yiaddr)
            case DhcpMessageType.ACK:
                if self.leased.setdefault(number, message.yiaddr) != message.yiaddr:
                    self.lost.append(f"lease {self.leased[number]} of {number}: is {message.yiaddr}")
            case DhcpMessageType.NAK if number in self.leased:
                self.lost.append(f"lease {self.leased[number]} of {number}: NAK")
            case _:
                pass


def load(phones: Phones, numbers: range, answers: int, draw: random.Random, *, leases: bool) -> None:
    """Ask with many requests under way until so many answers have come."""
    heard, under_way, waiting = 0, 0, list(numbers)
    for number in waiting[:12] if leases else ():  # the server waits for an echo before it offers
        phones.ask_lease(number, DhcpMessageType.DISCOVER)
    if leases:
        phones.hear(LATE)
    while heard < answers:
        while under_way < WINDOW and waiting:
            number = waiting.pop(0)
            phones.rrq(number)
            under_way += 1
            if phones.registered and draw.random() < 0.1:
                phones.urq(draw.choice(sorted(phones.registered)))
        came = phones.hear(LATE)
        heard += came
        under_way = max(0, under_way - came)
        if not came and not waiting:
            break


def verify(phones: Phones) -> None:
    """Every registration is there, none that was ended, and every lease is its client's."""
    before, phones.lost = dict(phones.registered), []
    for number, identifier in before.items():
        phones.rrq(number, identifier)
        phones.hear(LATE)
    for number, identifier in phones.unregistered.items():
        phones.rrq(number, identifier)
        phones.hear(LATE)
    phones.lost += [
        f"the end of registration {number}" for number in phones.unregistered.keys() & phones.registered
    ]
    for number, address in phones.leased.items():
        phones.ask_lease(number, DhcpMessageType.REQUEST, address)
        phones.hear(LATE)
    while phones.hear(0.2):
        pass
    assert len(set(phones.leased.values())) == len(phones.leased)


def rounds(
    count: int, seed: int, address: str, *, leases: bool, keeps: bool = True
) -> tuple[int, int, list[str]]:
    """How many registrations and leases were acknowledged in all, and what was lost."""
    draw, lost = random.Random(seed), list[str]()
    roles = ["--role", "gatekeeper", *(["--role", "dhcp"] if leases else [])]
    with tempfile.TemporaryDirectory() as directory:
        serve = Serve(address, Path(directory) if keeps else None, "--dialect", "h323", "--anybody", *roles)
        phones = Phones(address, leases=leases)
        first, slowest = 1, 0.0
        try:
            serve.start()
            for _ in range(count):
                under = draw.randrange(100, 350)
                load(phones, range(first, first + 400), under, draw, leases=leases)
                serve.kill()
                first += 400
                while phones.hear(0.0):  # answers that had left
                    pass
                slowest = max(slowest, serve.start())
                verify(phones)
                lost += phones.lost
        finally:
            serve.kill()
            phones.close()
        print(f"{count} kills, {len(phones.registered)} registrations, {len(phones.leased)} leases,", end=" ")
        print(f"{len(lost)} lost; it served again within {slowest:.1f} s")
        return len(phones.registered), len(phones.leased), lost


if __name__ == "__main__":
    count, seed = (*map(int, sys.argv[1:]), *(100, 1)[len(sys.argv) - 1 :])
    sys.exit(bool(rounds(count, seed, "127.79.0.1", leases=os.geteuid() == 0)[2]))
