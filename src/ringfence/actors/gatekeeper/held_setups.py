"""Setups for a number that nobody here has: they wait while the neighbours are asked for it by LRQ.

An endpoint that asks by ARQ first gets its answer there (`neighbours`); a set whose calls are granted before
they are made (preGrantedARQ), and one that calls on its permanent connection, send a Setup and no ARQ.
"""

from typing import NamedTuple

from ringfence.actors.gatekeeper.call_legs import CallChannel, CallLeg
from ringfence.actors.gatekeeper.neighbours import NeighbourSearches
from ringfence.actors.gatekeeper.registrations import RegisteredEndpoint
from ringfence.actors.io import NOTHING, Commands
from ringfence.wire import h225
from ringfence.wire.call_signalling import CallSignal


class HeldSetup(NamedTuple):
    """`names`: whom it is for."""

    leg: CallLeg
    signal: CallSignal
    setup: h225.SetupUUIE
    caller: RegisteredEndpoint
    names: tuple[str, ...]


class HeldSetups:
    """Numbers them; what `searches` finds bears that number."""

    def __init__(self, searches: NeighbourSearches | None) -> None:
        self._searches = searches
        self._held: dict[int, HeldSetup] = {}
        self._last = 0

    def hold(self, held: HeldSetup, now: float) -> Commands:
        """The LRQs that are sent for it; none: there is nobody to ask."""
        if self._searches is None:
            return NOTHING
        self._last += 1
        caller = next(iter(held.caller.aliases), "")
        asked = self._searches.ask_for_call(self._last, held.names, caller, held.setup.callIdentifier, now)
        if asked:
            self._held[self._last] = held
            held.leg.channel.held[held.leg.reference] = self._last
        return asked

    def take(self, number: int) -> HeldSetup | None:
        """The one that was found or not; None: its caller has given up."""
        held = self._held.pop(number, None)
        if held is not None:
            held.leg.channel.held.pop(held.leg.reference, None)
        return held

    def give_up(self, channel: CallChannel, *references: int) -> None:
        """The caller has; without `references` all that came on that channel."""
        for reference in references or tuple(channel.held):
            self._held.pop(channel.held.pop(reference, 0), None)
