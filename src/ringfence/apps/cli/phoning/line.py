"""Emulated handsets of one run: who they are, and what became of each."""

import time
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from math import inf
from random import Random, SystemRandom
from typing import NamedTuple

from ringfence.actors.endpoint.call_states import CallPlan, CallRecord
from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.io import Machine, Noted, StageFailed, StageReached
from ringfence.actors.journal import JournalEntry
from ringfence.actors.ras.dialect import AVAYA, DIALECTS, PHONE_FAMILIES
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Granted
from ringfence.actors.security.h235_baseline import H235Endpoint
from ringfence.actors.signalling.config import SignallingConfig
from ringfence.model.address import PortRange, TransportAddress
from ringfence.model.site import CallControl
from ringfence.model.stage import Stage

_H245_PORT = 30_000  # any port will do: the peer is told


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """What the command line says. `call_control` None: no permanent connection; `call` "": no call."""

    gatekeeper: TransportAddress
    extension: str
    password: str
    dialect: str
    family: str
    count: int
    address: IPv4Address
    ras_ports: PortRange | None
    call_control: CallControl | None
    call: str
    stay: float
    fast_start: bool
    tunnelling: bool


class PhoneNews(NamedTuple):
    """A line about a handset; `expected`: a stage of a registration that goes well."""

    line: str
    expected: bool = False


@dataclass(slots=True, eq=False)
class Phone:
    """One handset and what became of it."""

    extension: str
    address: IPv4Address
    machine: Endpoint
    outside: Machine  # the same, or what it speaks through
    reached: dict[Stage, str] = field(default_factory=dict)
    failed: dict[Stage, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    signals: bool = False  # it is to have call signalling
    stay: float = inf  # seconds of registration
    granted: Granted | None = None
    registered: bool = False
    left: bool = False
    lost: str = ""  # why what had been reached did not stay, the first time
    call: CallRecord | None = None

    def saw(self, entry: JournalEntry) -> list[PhoneNews]:
        """Take in one event and its commands; what there is to say of it."""
        news: list[PhoneNews] = []
        for command in entry.commands:
            match command:
                case StageReached(stage=stage, detail=detail):
                    self.reached[stage] = detail
                    self.failed.pop(stage, None)
                    news.append(PhoneNews(f"{stage} reached: {detail}", expected=True))
                case StageFailed(stage=Stage.SIGNAL) if self._is_leaving(entry.time):
                    pass  # the gatekeeper closes the connection of who unregisters
                case StageFailed(stage=stage, detail=detail):
                    if stage in self.reached:
                        self.lost = self.lost or f"{stage} was lost: {detail}"
                    self.failed[stage] = detail
                    self.reached.pop(stage, None)
                    news.append(PhoneNews(f"{stage} failed: {detail}"))
                case Noted(finding=finding):
                    self.findings.append(f"{finding.code}: {finding.sentence}")
                    news.append(PhoneNews(self.findings[-1]))
                case _:
                    pass
        news += self._registration_news()
        return news + [PhoneNews(line) for line in self._call_lines()]

    def _is_leaving(self, now: float) -> bool:
        return self.granted is not None and now >= self.granted.since + self.stay

    def _registration_news(self) -> list[PhoneNews]:
        """A gatekeeper that has started anew knows nobody; who registers again there had been lost."""
        before, now, self.left = self.granted, self.machine.granted, self.machine.left
        self.granted = now
        self.registered = self.registered or now is not None
        if before is None or self.left:
            return []
        if now is None:
            what = "the gatekeeper no longer has the registration"
        elif now.endpointIdentifier != before.endpointIdentifier:
            what = f"{now.gatekeeper} registered it as a new endpoint: it had lost the first registration"
        else:
            return []
        said = not self.lost
        self.lost = self.lost or what
        return [PhoneNews(what)] if said else []

    def _call_lines(self) -> list[str]:
        before, now = self.call, self.machine.call
        if now is None or now == before:
            return []
        self.call = now
        way = "to" if now.outgoing else "from"
        lines = []
        if now.connected and (before is None or not before.connected):
            lines.append(f"call {way} {now.peer} connected")
        if now.media and (before is None or not before.media):
            lines.append(f"call {way} {now.peer}: media agreed")
        if now.ended and (before is None or not before.ended):
            lines.append(f"call {way} {now.peer} over: {now.ended}")
        return lines

    @property
    def done(self) -> bool:
        """It has left, or was not let in; it would go on trying."""
        refused = Stage.REGISTER in self.failed or Stage.DISCOVER in self.failed
        return self.left or (refused and not self.registered)

    @property
    def trouble(self) -> str:
        """Why it does not count as registered, empty where it does: everything was reached, and stayed."""
        for stage, detail in self.failed.items():
            return f"{stage} failed: {detail}"
        if self.lost:
            return self.lost
        if not self.registered:
            return "the gatekeeper did not register it"
        return (
            "no call-signalling connection was established"
            if self.signals and Stage.SIGNAL not in self.reached
            else ""
        )

    @property
    def good(self) -> bool:
        return not self.trouble


def phones(options: PhoneOptions, *, h235: bool = False) -> list[Phone]:
    """Handsets with extensions and addresses one after the other; the first one places the call."""
    seed = SystemRandom().getrandbits(64)
    line = [_phone(options, number, Random(seed + number)) for number in range(options.count)]
    if h235:
        for phone in line:
            phone.outside = _signed(phone, options)
    return line


def _phone(options: PhoneOptions, number: int, random: Random) -> Phone:
    extension = _nth(options.extension, number)
    address = options.address + number
    control = options.call_control
    family = PHONE_FAMILIES[options.family]
    signalling = None if control is None else SignallingConfig(control, handset_ports=family.signalling_ports)
    mac = 0x001B4F000000 + (random.getrandbits(24) & 0xFF0000) + number
    config = RasClientConfig(
        address=address,
        gatekeepers=(options.gatekeeper,),
        extension=extension,
        password=options.password,
        mac=mac.to_bytes(6),
        dialect=DIALECTS[options.dialect],
        family=family,
        ports=options.ras_ports,
        leave_after=options.stay,
        epoch=time.time() - time.monotonic(),
    )
    calls = None
    if control is not CallControl.GATEKEEPER and (options.call or DIALECTS[options.dialect] is not AVAYA):
        hold = max(0.5, options.stay / 3)
        calls = CallPlan(
            options.call if number == 0 else "",
            after=min(1.0, hold),
            hold=hold,
            ring=min(1.0, hold),
            fast_start=options.fast_start,
            tunnelling=options.tunnelling,
            h245_port=0 if options.tunnelling else _H245_PORT,
        )
    machine = Endpoint(config, random, calls=calls, signalling=signalling)
    return Phone(extension, address, machine, machine, signals=signalling is not None, stay=options.stay)


def _signed(phone: Phone, options: PhoneOptions) -> H235Endpoint:
    ports = options.ras_ports or PHONE_FAMILIES[options.family].ras_ports
    return H235Endpoint(
        phone.machine,
        range(ports.first, ports.last + 1),
        phone.extension,
        options.password,
        epoch=time.time() - time.monotonic(),
    )


def _nth(extension: str, number: int) -> str:
    """4711, 4712, ... with leading zeros kept; other names get -2, -3, ... ."""
    if not number:
        return extension
    if extension.isdecimal():
        return str(int(extension) + number).zfill(len(extension))
    return f"{extension}-{number + 1}"
