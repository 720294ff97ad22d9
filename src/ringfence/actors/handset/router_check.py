"""Is a router there? A handset asks those of option 3 in turn before it fetches its files.

96x0 and 4601 installation guides: the list is gone through, by ARP or by echo, until one answers. An echo
request makes the host ask by ARP first, so it stands for both. It stays between handset and router.
"""

from dataclasses import dataclass

from ringfence.actors.io import (
    NOTHING,
    Commands,
    EchoReplied,
    Event,
    Noted,
    SendEcho,
    Started,
    TimeUp,
)
from ringfence.model.address import Address
from ringfence.model.findings import Finding
from ringfence.model.findings.address import ROUTER_UNANSWERED
from ringfence.model.flow import Basis, Evidence
from ringfence.model.stage import Stage

TIMERS_BASIS = Basis(Evidence.ASSUMED, "no source says how long or how often a handset waits for a router")


@dataclass(frozen=True, slots=True)
class RouterPatience:
    """`timeout` seconds for each router, and how often the list is gone through (see TIMERS_BASIS).

    After `rounds` without an answer the handset goes on and says so: a router may answer ARP and no echo,
    which is enough for a real one. None: until one answers, to the letter of the manuals.
    """

    timeout: float = 1.0
    rounds: int | None = 3

    def __post_init__(self) -> None:
        if self.timeout <= 0 or (self.rounds is not None and self.rounds < 1):
            raise ValueError(f"{self.rounds} rounds of {self.timeout} s for each router")


class RouterCheck:
    """`found` is the router that answered; `over`: there is no more to wait for.

    `identifier` tells its echoes from another's on the same host.
    """

    def __init__(
        self,
        source: Address,
        routers: tuple[Address, ...],
        patience: RouterPatience,
        *,
        identifier: int = 2,
    ) -> None:
        if not routers:
            raise ValueError("no router is listed")
        self._source = source
        self._routers = routers
        self._patience = patience
        self._identifier = identifier
        self._asked = 0
        self.deadline: float | None = None
        self.found: Address | None = None
        self.over = False

    def handle(self, event: Event, now: float) -> Commands:
        match event:
            case Started() if not self._asked:
                return self._ask(now)
            case TimeUp() if self.deadline is not None and now >= self.deadline:
                return self._silence(now)
            case EchoReplied(source=source, identifier=identifier) if (
                # A late answer is one too, whichever of the list is being asked by now.
                self._asked and not self.over and identifier == self._identifier and source in self._routers
            ):
                self.found = source
                self._end()
                return NOTHING
            case _:
                return NOTHING

    def _ask(self, now: float) -> Commands:
        router = self._routers[self._asked % len(self._routers)]
        self._asked += 1
        self.deadline = now + self._patience.timeout
        return (SendEcho(self._source, router, self._identifier, (self._asked - 1) % 0xFFFF + 1),)

    def _silence(self, now: float) -> Commands:
        rounds, rest = divmod(self._asked, len(self._routers))
        noted: Commands = NOTHING
        if rest == 0 and rounds == (self._patience.rounds or 1):
            goes_on = self._patience.rounds is not None
            noted = (self._unanswered(goes_on=goes_on),)
            if goes_on:
                self._end()
                return noted
        return (*noted, *self._ask(now))

    def _unanswered(self, *, goes_on: bool) -> Noted:
        listed = ", ".join(map(str, self._routers))
        then = "going on without" if goes_on else "asking on"
        sentence = f"no router of option 3 ({listed}) answers echo requests from {self._source}: {then}"
        return Noted(Finding(ROUTER_UNANSWERED, sentence, Stage.ADDRESS))

    def _end(self) -> None:
        self.over = True
        self.deadline = None
