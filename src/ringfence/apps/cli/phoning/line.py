"""One emulated handset: who it is, and what became of it."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ringfence.actors.endpoint.call_states import CallRecord
from ringfence.actors.io import (
    ConfigureAddress,
    LogOff,
    Machine,
    Noted,
    RemoveAddress,
    StageFailed,
    StageReached,
    Started,
)
from ringfence.actors.journal import JournalEntry
from ringfence.actors.ras.states import Granted
from ringfence.model.address import Address
from ringfence.model.stage import Stage


class PhoneNews(NamedTuple):
    """A line about a handset; `expected`: a stage of a registration that goes well."""

    line: str
    expected: bool = False


class PhoneMachine(Protocol):
    """An endpoint, or a handset that boots."""

    @property
    def granted(self) -> Granted | None: ...

    @property
    def left(self) -> bool: ...

    @property
    def call(self) -> CallRecord | None: ...


@dataclass(slots=True, eq=False)
class Phone:
    """One handset and what became of it. `host` is its name in journals.

    `times`: seconds from power-up until a stage was reached first. `lost`: why what had been reached did not
    stay, the first time.
    """

    host: str
    extension: str
    machine: PhoneMachine
    outside: Machine  # the same, or what it speaks through
    address: Address | None = None
    reached: dict[Stage, str] = field(default_factory=dict)
    failed: dict[Stage, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    times: dict[Stage, float] = field(default_factory=dict)
    signals: bool = False  # it is to have call signalling
    started: float | None = None
    leaving: bool = False
    granted: Granted | None = None
    registered: bool = False
    left: bool = False
    lost: str = ""
    call: CallRecord | None = None

    @property
    def name(self) -> str:
        return f"{self.extension} {self.address or self.host}"

    def saw(self, entry: JournalEntry) -> list[PhoneNews]:
        """Take in one event and its commands; what there is to say of it."""
        if isinstance(entry.event, Started):
            self.started = entry.time
        elif isinstance(entry.event, LogOff):
            self.leaving = True
        news: list[PhoneNews] = []
        for command in entry.commands:
            match command:
                case StageReached(stage=stage, detail=detail):
                    self._reach(stage, detail, entry.time)
                    news.append(PhoneNews(f"{stage} reached: {detail}", expected=True))
                case StageFailed(stage=Stage.SIGNAL) if self.leaving:
                    pass  # the gatekeeper closes the connection of who unregisters
                case StageFailed(stage=stage, detail=detail):
                    self._fail(stage, detail)
                    news.append(PhoneNews(f"{stage} failed: {detail}"))
                case Noted(finding=finding):
                    self.findings.append(f"{finding.code}: {finding.sentence}")
                    news.append(PhoneNews(self.findings[-1]))
                case ConfigureAddress(address=address):
                    self.address = address
                case RemoveAddress() if not self.leaving:
                    self.address = None
                case _:
                    pass
        news += self._registration_news()
        return news + [PhoneNews(line) for line in self._call_lines()]

    def _reach(self, stage: Stage, detail: str, now: float) -> None:
        self.reached[stage] = detail
        self.failed.pop(stage, None)
        self.times.setdefault(stage, now - (now if self.started is None else self.started))

    def _fail(self, stage: Stage, detail: str) -> None:
        if stage in self.reached:
            self.lost = self.lost or f"{stage} was lost: {detail}"
        self.failed[stage] = detail
        self.reached.pop(stage, None)

    def _registration_news(self) -> list[PhoneNews]:
        """A gatekeeper that has started anew knows nobody; who registers again there had been lost."""
        before, now, self.left = self.granted, self.machine.granted, self.machine.left
        self.granted = now
        self.registered = self.registered or now is not None
        if before is None or self.left or self.leaving:
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
    def refused(self) -> bool:
        """It was not let in; it would go on trying."""
        return not self.registered and (Stage.REGISTER in self.failed or Stage.DISCOVER in self.failed)

    @property
    def complete(self) -> bool:
        """It has all that it is to have, now."""
        return self.granted is not None and not self.trouble

    @property
    def trouble(self) -> str:
        """Why it does not count as registered, empty where it does: everything was reached, and stayed."""
        for stage, detail in self.failed.items():
            return f"{stage} failed: {detail}"
        if self.lost:
            return self.lost
        if not self.registered:
            stages = ", ".join(self.reached)
            return (
                f"it did not register; reached: {stages}" if stages else "the gatekeeper did not register it"
            )
        return (
            "no call-signalling connection was established"
            if self.signals and Stage.SIGNAL not in self.reached
            else ""
        )

    @property
    def good(self) -> bool:
        return not self.trouble


def nth_extension(extension: str, number: int) -> str:
    """4711, 4712, ... with leading zeros kept; other names get -2, -3, ... ."""
    if not number:
        return extension
    if extension.isdecimal():
        return str(int(extension) + number).zfill(len(extension))
    return f"{extension}-{number + 1}"
