"""LRQ to neighbours: a number that nobody here has may be registered with another gatekeeper (H.225.0 7.13).

All are asked at once; the first that has it is believed, and nobody who was not asked. The caller waits
behind a RIP.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, TypeAlias

from ringfence.actors.deadlines import Deadlines
from ringfence.actors.gatekeeper.config import GatekeeperConfig
from ringfence.actors.io import NOTHING, Commands, DatagramReceived, SendDatagram
from ringfence.actors.ras.fields import address_field, alias_field, aliases_of, choice_name, usable_address
from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import RAS_PORT
from ringfence.wire import h225, ras
from ringfence.wire.per import EncodeError

_MOST_SEARCHES = 1000
_LONGEST_DELAY = 65_535  # ms of a RIP
LocationAnswer: TypeAlias = h225.LocationConfirm | h225.LocationReject | h225.RequestInProgress


class AskedByArq(NamedTuple):
    """An endpoint waits behind a RIP."""

    arq: h225.AdmissionRequest
    event: DatagramReceived


class AskedByCall(NamedTuple):
    """A Setup waits; the call router knows it by this number."""

    number: int


class Located(NamedTuple):
    """The end of a search. `address`: where the call goes; None: no neighbour has it."""

    asker: AskedByArq | AskedByCall
    address: TransportAddress | None = None
    aliases: tuple[h225.AliasAddress, ...] = ()  # what the neighbour calls it


@dataclass(slots=True, eq=False)
class _Search:
    asker: AskedByArq | AskedByCall
    key: Hashable  # of who asks
    octets: bytes
    left: int  # transmissions
    waiting: set[Address] = field(default_factory=set)


class NeighbourSearches:
    """What was asked of whom. `deadline` is when a question is due again, or given up."""

    def __init__(self, config: GatekeeperConfig, random: Random) -> None:
        self._config = config
        self._number = random.randrange(1, 65536) if config.neighbours else 0
        self._searches: dict[int, _Search] = {}
        self._asking: set[Hashable] = set()
        self._deadlines: Deadlines[int] = Deadlines()

    @property
    def deadline(self) -> float | None:
        return self._deadlines.next

    def may_know(self, arq: h225.AdmissionRequest, answer: ras.RasMessage) -> bool:
        """Whether an ARQ that is rejected so is worth asking a neighbour about."""
        rejected = isinstance(answer, h225.AdmissionReject) and choice_name(answer.rejectReason)
        return (
            rejected == "calledPartyNotRegistered"
            and bool(self._config.neighbours and aliases_of(arq.destinationInfo))
            and len(self._searches) < _MOST_SEARCHES
        )

    def ask(self, arq: h225.AdmissionRequest, event: DatagramReceived, caller: str, now: float) -> Commands:
        """LRQ to every neighbour, unless it is under way, and RIP to who asked. `caller`: an alias of its."""
        rip = self._wait_please(arq, event.source)
        key = (event.source, arq.requestSeqNum)
        if key in self._asking:
            return (rip,)
        lrq = self._lrq(list(arq.destinationInfo or ()), caller, arq.callIdentifier, arq.canMapAlias)
        asked = self._begin(AskedByArq(arq, event), key, lrq, now)
        return (rip, *asked) if asked else NOTHING

    def ask_for_call(
        self,
        number: int,
        names: Sequence[str],
        caller: str,
        identifier: h225.CallIdentifier | None,
        now: float,
    ) -> Commands:
        """As `ask`, for a Setup; nothing where there is no neighbour, or there are too many searches."""
        if not self._config.neighbours or len(self._searches) >= _MOST_SEARCHES:
            return NOTHING
        lrq = self._lrq([alias_field(name) for name in names], caller, identifier, None)
        return self._begin(AskedByCall(number), number, lrq, now)

    def _lrq(
        self,
        destination: list[h225.AliasAddress],
        caller: str,
        identifier: h225.CallIdentifier | None,
        can_map: bool | None,
    ) -> h225.LocationRequest:
        return h225.LocationRequest(
            requestSeqNum=self._next(),
            destinationInfo=destination,
            replyAddress=address_field(self._config.ras),
            sourceInfo=[alias_field(caller)] if caller else None,
            canMapAlias=can_map,
            gatekeeperIdentifier=self._config.identifier,
            callIdentifier=identifier,
        )

    def _begin(
        self, asker: AskedByArq | AskedByCall, key: Hashable, lrq: h225.LocationRequest, now: float
    ) -> Commands:
        try:
            octets = ras.encode(lrq)
        except EncodeError:  # an alias that can be read but not written back
            return NOTHING
        tries = self._config.lrq.tries
        search = _Search(asker, key, octets, tries, set(self._config.neighbours))
        self._searches[lrq.requestSeqNum] = search
        self._asking.add(key)
        return tuple(self._send(lrq.requestSeqNum, search, now))

    def answered(self, message: LocationAnswer, source: TransportAddress, now: float) -> Located | None:
        """The end of a search, when this is one. Only who was asked is heard."""
        search = self._searches.get(message.requestSeqNum)
        if search is None or source.ip not in search.waiting:
            return None
        match message:
            case h225.RequestInProgress(delay=delay):
                self._deadlines.put(message.requestSeqNum, now + delay / 1000)
                return None
            case h225.LocationConfirm():
                address = usable_address(message.callSignalAddress)
                if address is not None and address.ip != self._config.address:
                    self._forget(message.requestSeqNum)
                    return Located(search.asker, address, tuple(message.destinationInfo or ()))
            case h225.LocationReject():
                pass
        search.waiting.discard(source.ip)
        if search.waiting:
            return None
        self._forget(message.requestSeqNum)
        return Located(search.asker)

    def time_up(self, now: float) -> tuple[Commands, list[Located]]:
        """LRQs again, and searches that nobody answered."""
        commands: list[SendDatagram] = []
        ended: list[Located] = []
        for number in self._deadlines.take(now):
            search = self._searches[number]
            if search.left:
                commands += self._send(number, search, now)
            else:
                self._forget(number)
                ended.append(Located(search.asker))
        return tuple(commands), ended

    def _send(self, number: int, search: _Search, now: float) -> list[SendDatagram]:
        search.left -= 1
        self._deadlines.put(number, now + self._config.lrq.timeout)
        interface, here = self._config.interface, self._config.ras
        to = (TransportAddress(each, RAS_PORT) for each in sorted(search.waiting, key=int))
        return [SendDatagram(here, each, search.octets, interface) for each in to]

    def _wait_please(self, arq: h225.AdmissionRequest, caller: TransportAddress) -> SendDatagram:
        """For as long as every neighbour may take, and a little more."""
        lrq = self._config.lrq
        delay = min(_LONGEST_DELAY, int(1000 * lrq.timeout * (lrq.tries + 0.5)))
        rip = h225.RequestInProgress(requestSeqNum=arq.requestSeqNum, delay=delay)
        return SendDatagram(self._config.ras, caller, ras.encode(rip), self._config.interface)

    def _next(self) -> int:
        """A number that no search has: there are fewer searches than numbers."""
        self._number = self._number % 65535 + 1
        while self._number in self._searches:
            self._number = self._number % 65535 + 1
        return self._number

    def _forget(self, number: int) -> None:
        search = self._searches.pop(number)
        self._deadlines.drop(number)
        self._asking.discard(search.key)
