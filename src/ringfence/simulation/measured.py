"""How long the real machines of a site take for a message, as the capacity of its servers."""

from time import process_time

from ringfence.actors.io import Commands, DatagramReceived, Event, Machine, StreamReceived
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.policy.compile import policy_for
from ringfence.simulation.course import run_together
from ringfence.simulation.run import GroupShare, SiteRun, Together
from ringfence.simulation.scenario import Capacity, Scenario

# Enough that caches are warm and a second's noise is spread; a second of work.
_PHONES = 150


class _Timed:
    """Counts what a machine is asked, and the processor's time for it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.asked = 0
        self.seconds = 0.0

    @property
    def deadline(self) -> float | None:
        return self._machine.deadline

    def handle(self, event: Event, now: float) -> Commands:
        began = process_time()
        commands = self._machine.handle(event, now)
        self.seconds += process_time() - began
        self.asked += isinstance(event, DatagramReceived | StreamReceived)
        return commands


def measured(site: Site, names: tuple[str, ...]) -> dict[str, Capacity]:
    """The capacity of these servers of a site with one group, by the same names: one worker each, which takes
    as long for a message as the machines here take of this processor, on average.
    """
    policies = {firewall.name: policy_for(site, firewall.name) for firewall in site.firewalls}
    share = GroupShare(site.groups[0].name, 0, _PHONES, _PHONES)
    timed: dict[str, _Timed] = {}

    def watched(node: str, machine: Machine) -> Machine:
        return timed.setdefault(node, _Timed(machine))

    scenario = Scenario(phones=_PHONES, within=10.0, until=60.0)
    common = Together(scenario, 1.0)
    run = SiteRun(site, policies, scenario, share, common, watched=watched)
    nodes = {name: run.nodes(name) for name in names}
    run_together([run], common, scenario, lambda _at, _ready: None)
    found = {}
    for name, own in nodes.items():
        asked, seconds = sum(timed[node].asked for node in own), sum(timed[node].seconds for node in own)
        if not asked:
            raise InputError(f"{name} is asked nothing", where="measured", remedy="give its service time")
        found[name] = Capacity(seconds / asked)
    return found
