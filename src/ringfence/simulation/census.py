"""What becomes of every phone, as its own machine says: when it can be called, and what it repeats."""

from array import array
from collections import Counter
from math import nan

from ringfence.actors.io import (
    SendDatagram,
    StageFailed,
    StageReached,
)
from ringfence.actors.journal import JournalEntry
from ringfence.model.defaults import DHCP_SERVER_PORT
from ringfence.model.kinds import Kind
from ringfence.model.registration import procedure
from ringfence.model.site import Site
from ringfence.model.stage import Stage

PHONE = "phone-"
_REGISTERED, _CALLABLE = 1, 2
_BITS = {Stage.REGISTER: _REGISTERED, Stage.SIGNAL: _CALLABLE}
# RFC 2131 figure 1 and section 2: the transaction id, and behind the magic cookie the message type.
_XID, _TYPE = slice(4, 8), slice(240, 243)


class PhoneCensus:
    """`count` phones, numbered from 0. Times are seconds of the simulation, not-a-number: never.

    A phone can be called when it is registered and, where the site has it so, its signalling connection is
    open. `lost`: registrations (or connections) that had been there and went.
    """

    def __init__(self, site: Site, count: int) -> None:
        expected = {flow.stage for flow in procedure(site, Kind((site.groups[0],)))}
        self._wanted = _REGISTERED | (_CALLABLE if Stage.SIGNAL in expected else 0)
        self.powered = array("d", [nan]) * count
        self.registered = array("d", [nan]) * count
        self.ready = array("d", [nan]) * count
        self.lost = 0
        self.entries = 0
        self.now_ready = 0
        self.repeated: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.first_failed: dict[str, float] = {}
        self._state = bytearray(count)
        self._sent = array("q", [0]) * count

    def power(self, number: int, now: float) -> None:
        """The phone gets power; what it had reached before is gone."""
        self.powered[number] = now
        self.registered[number] = self.ready[number] = nan
        self._drop(number, 0)

    def dark(self, number: int) -> None:
        """The phone loses its power."""
        self._drop(number, 0)

    def saw(self, entry: JournalEntry) -> None:
        self.entries += 1
        if not entry.commands or not entry.host.startswith(PHONE):
            return
        number = int(entry.host[len(PHONE) :])
        for command in entry.commands:
            kind = type(command)
            if kind is SendDatagram:
                self._sends(number, command)  # type: ignore[arg-type]
            elif kind is StageReached:
                self._reaches(number, command.stage, entry.time)  # type: ignore[union-attr]
            elif kind is StageFailed:
                self._fails(number, command.stage.value, entry.time)  # type: ignore[union-attr]

    def _reaches(self, number: int, stage: Stage, now: float) -> None:
        bit = _BITS.get(stage)
        if bit is None:
            return
        state = self._state[number] = self._state[number] | bit
        if bit == _REGISTERED and self.registered[number] != self.registered[number]:
            self.registered[number] = now
        if state & self._wanted == self._wanted:
            self.now_ready += 1
            if self.ready[number] != self.ready[number]:
                self.ready[number] = now

    def _fails(self, number: int, stage: str, now: float) -> None:
        self.failed[stage] += 1
        self.first_failed.setdefault(stage, now)
        bit = _BITS.get(Stage(stage))
        if bit is not None and self._state[number] & bit:
            self.lost += 1
            self._drop(number, self._state[number] & ~bit)

    def _drop(self, number: int, state: int) -> None:
        if self._state[number] & self._wanted == self._wanted:
            self.now_ready -= 1
        self._state[number] = state

    def _sends(self, number: int, command: SendDatagram) -> None:
        """A datagram that is the last one again, but for the seconds in it, is a retry."""
        data, port = command.data, command.destination.port
        same = data[_XID] + data[_TYPE] if port == DHCP_SERVER_PORT else data[:8]
        key = hash((port, same))
        if key == self._sent[number]:
            self.repeated["dhcp" if port == DHCP_SERVER_PORT else f"udp {port}"] += 1
        self._sent[number] = key
