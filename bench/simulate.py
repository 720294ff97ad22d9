"""What a simulated site costs: python bench/simulate.py [phones ...]

Seconds of a processor and memory a phone, whole phones booting within a minute (DHCP, VLAN move, files, GRQ
and RRQ, signalling), each number of phones in a process of its own; twenty minutes of a phone on flows beside
frames; a day with TCP keep-alives beside one without. Default: 1000 and 10000 phones; 100000 takes minutes.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from ringfence.apps.cli.files.site_input import read_site
from ringfence.drivers.sim.flows.network import FlowNetwork
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.site_file import parse
from ringfence.policy.compile import generated
from ringfence.roles.filters import filters_of
from ringfence.roles.network import network_for
from ringfence.roles.roles import machines_of
from ringfence.simulation.estate import phones_in_parts, simulate_part
from ringfence.simulation.outcome import joined_parts
from ringfence.simulation.scenario import Scenario
from ringfence.verify.testbeds import with_short_leases

# Room for half a million phones on each VLAN.
LARGE = """
site: large
zones: {handsets: [10.64.0.0/12, 10.128.0.0/12, 10.255.0.0/29], servers: [10.1.0.0/24]}
vlans:
  data: {id: 0, network: 10.64.0.0/12, router: 10.64.0.1}
  voice: {id: 20, network: 10.128.0.0/12, router: 10.128.0.1}
relay: {uplink: 10.255.0.1, source: uplink}
firewall: {handset_side: 10.255.0.2, server_side: 10.1.0.1}
dhcp_server: {address: 10.1.0.10, lease: 28800, option: 242}
file_server: {address: 10.1.0.20, scheme: http}
gatekeeper: {addresses: [10.1.0.30]}
handsets: {family: 96x1}
registration: {call_control: gatekeeper}
"""
DAY, BOOT, RUNS = 86_400.0, 1200.0, 5


def storm(phones: int) -> str:
    """`phones CPU-seconds KiB-a-phone everybody-after`."""
    site = parse(LARGE, "large")
    scenario = Scenario(phones=phones, within=60.0, states=20 * phones)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    [shares] = phones_in_parts(site, phones, 1)
    part = simulate_part(site, scenario, shares)
    spent = time.process_time() - began
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found = joined_parts([part])
    return f"{phones} {spent} {more / phones} {found.everybody} {found.ready}"


def timed(action: Callable[[], object]) -> float:
    """The median of some runs, in milliseconds of a processor."""
    found = []
    for _ in range(RUNS):
        began = time.process_time()
        action()
        found.append((time.process_time() - began) * 1000)
    return median(found)


SITE = with_short_leases(read_site(None))
NODES = network_for(SITE)
POLICIES = {firewall.name: generated(SITE, firewall.name) for firewall in SITE.firewalls}


def alone(kind: type[FlowNetwork | SimulatedNetwork], until: float, *, keepalive: bool) -> None:
    """One phone, from power-up on, and the servers that it asks."""
    network = kind(NODES.topology, filters=filters_of(SITE, NODES, POLICIES), keepalive=keepalive)
    for node, machine in machines_of(SITE, NODES).items():
        network.attach(node, machine)
    network.run(until)


def main(counts: list[int]) -> None:
    print(
        f"{'phones within a minute':>24} {'CPU s':>8} {'ms a phone':>11} {'vs first':>9} {'KiB a phone':>12}"
    )
    first = 0.0
    for count in counts:
        command = [sys.executable, __file__, "--storm", str(count)]
        words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        seconds, memory = float(words[1]), float(words[2])
        each = seconds / count * 1000
        first = first or each
        line = f"{count:>24} {seconds:8.1f} {each:11.3f} {each / first:8.2f}x {memory:12.2f}"
        print(f"{line}   {words[4]} can call after {float(words[3]):.1f} s")
    flows = timed(lambda: alone(FlowNetwork, BOOT, keepalive=False))
    frames = timed(lambda: alone(SimulatedNetwork, BOOT, keepalive=False))
    print(f"one phone and its servers, 20 minutes: flows {flows:.2f} ms, frames {frames:.2f} ms")
    with_probes = timed(lambda: alone(FlowNetwork, DAY, keepalive=True))
    without = timed(lambda: alone(FlowNetwork, DAY, keepalive=False))
    print(f"a day on flows with keep-alives {with_probes:.1f} ms, {with_probes / without:.2f}x one without")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--storm"]:
        print(storm(int(sys.argv[2])))
    else:
        main([int(word) for word in sys.argv[1:]] or [1000, 10_000])
