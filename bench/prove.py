"""What a proof costs: the whole command, the site, one boot, on each network; beside an empty Python start.

python bench/prove.py [runs]
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from ringfence.apps.cli.files.site_input import read_site
from ringfence.lab.unavailable import LabUnavailable
from ringfence.policy.compile import generated
from ringfence.verify.judging import judged
from ringfence.verify.testbeds import SimulatedTestbed, open_testbeds

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5


def timed(job: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Wall milliseconds of each run."""
    found = []
    for _ in range(runs):
        began = time.perf_counter()
        job()
        found.append((time.perf_counter() - began) * 1000)
    return found


def row(what: str, milliseconds: list[float], peer: float) -> None:
    middle = statistics.median(milliseconds)
    print(f"{what:46} {middle:9.1f} {min(milliseconds):9.1f} {max(milliseconds):9.1f} {middle / peer:8.1f}x")


def command(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *arguments], capture_output=True, check=True)


def main() -> None:
    site = read_site(None)
    start = timed(command("-c", "pass"))
    peer = statistics.median(start)
    print(f"{'milliseconds of wall time':46} {'median':>9} {'min':>9} {'max':>9} {'vs start':>9}")
    row("Python start (the peer)", start, peer)
    run = "from ringfence.apps.cli.main import main; main(['prove'{}])"
    row("ringfence prove, simulated only", timed(command("-c", run.format(", '--simulated'"))), peer)
    simulated = SimulatedTestbed(site)
    simulated.load(generated(site))
    row("one simulated boot (20 minutes)", timed(simulated.boot), peer)
    recording = simulated.boot()
    row("judging one boot", timed(lambda: judged(site, simulated.kind, recording)), peer)
    try:
        with open_testbeds(site, simulated_only=False, trunk=False) as (_, kernel):
            kernel.load(generated(site))
            row("one boot through the kernel", timed(kernel.boot), peer)
            row("load a rule set and read it back", timed(lambda: kernel.load(generated(site))), peer)
    except LabUnavailable as unavailable:
        print(f"kernel: {unavailable}")
        return

    def up_and_down() -> None:
        with open_testbeds(site, simulated_only=False, trunk=False):
            pass

    row("site up and down", timed(up_and_down), peer)
    row("ringfence prove, simulator and kernel", timed(command("-c", run.format(", '--kernel'"))), peer)


if __name__ == "__main__":
    main()
