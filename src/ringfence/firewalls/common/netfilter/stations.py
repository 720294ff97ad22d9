"""The base chains that a forwarded packet passes, in their order, as lists of a listing."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from ringfence.firewalls.common.netfilter.effects import Effects
from ringfence.firewalls.common.netfilter.walk import Hook, RuleChains, base_chain
from ringfence.firewalls.common.reading import Reading
from ringfence.policy.listing import Chain
from ringfence.policy.space import Place


class Station(NamedTuple):
    """The base chain `name` of `rules`. `end` is where a rule of it would be added.

    `always`: it is shown even where it stops nothing.
    """

    rules: RuleChains
    name: str
    hook: Hook
    end: Place = Place()
    always: bool = False


def forwarded(
    stations: Iterable[Station], effects: Effects, reading: Reading, *, where: str, expects: bool = False
) -> list[Chain]:
    """The stations' lists in their order; what their rules do to connections goes to `effects`.

    `expects`: a helper may have made a connection a RELATED one. `where` names the text, for errors.
    InputError where jumps multiply too far.
    """
    chains: list[Chain] = []
    for station in stations:
        effects.settle()
        chain, reached = base_chain(
            station.rules,
            station.name,
            station.hook,
            reading,
            early=effects.early,
            expects=expects,
            where=where,
        )
        if chain.denies or station.always:
            chains.append(replace(chain, end=station.end))
        effects.take(reached, tracked=station.hook.tracked, after=len(chains))
    return chains
