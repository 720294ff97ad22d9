"""Feed every reader and every machine damaged input, and see that nothing breaks, hangs or grows.

    PYTHONPATH=tests python -m support.fuzz.run TARGET|all [--inputs N] [--seed S] [--seconds T]
        [--crashes FOLDER]

The same seed gives the same inputs. Of each target: inputs, exceptions, the slowest input in processor time,
how much the process grew, the most that one input allocated at once (a sample of them), and the rate. An
exception, or an input or growth beyond the target's bound, is written to a file and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import time
import traceback
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from types import FrameType

from rich.console import Console
from rich.table import Table

from support.fuzz.subject import Target
from support.fuzz.targets import TARGETS

_SAMPLE = 512  # one input in so many is measured with tracemalloc, which is slow
_WARM = 20  # what is built at first use counts neither as time nor as growth
_HANG = 20.0  # seconds of processor time after which an input is given up
_MOST_CRASHES = 20
_CLOCK = 256  # inputs between two looks at the clock


class HangError(Exception):
    """An input took longer than `_HANG`."""


@dataclass
class Result:
    """What became of one target."""

    name: str
    inputs: int = 0
    exceptions: int = 0
    slowest: float = 0.0  # s
    slowest_input: bytes = b""
    grown: float = 0.0  # MiB of the process after the last input
    top: float = 0.0  # MiB of the process at its largest
    peak: float = 0.0  # KiB that one input had allocated at once
    seconds: float = 0.0
    crashes: list[str] = field(default_factory=list)
    folder: Path | None = None  # of the crash files

    def report(self, place: str, data: bytes, why: str) -> None:
        lines = [f"target {self.name} {place}", why, data.hex()]
        self.crashes.append("\n".join(lines))
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = f"{self.name}-{len(self.crashes)}.txt"
            (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def fuzz(target: Target, *, inputs: int, seed: int, seconds: float, crashes: Path | None = None) -> Result:
    """Run one target in this process; deterministic but for what `seconds` cuts off."""
    random = Random(f"{target.name} {seed}")
    result = Result(target.name, folder=crashes)
    subject = target.make(random)
    before = 0.0
    signal.signal(signal.SIGVTALRM, _hang)
    started = time.perf_counter()
    for number in range(inputs):
        if number and number % target.episode == 0:
            subject = target.make(random)
        if number == _WARM:
            before = _resident()
        data = subject.next()
        sampled = number % _SAMPLE == _SAMPLE - 1
        if sampled:
            tracemalloc.start()
        at = time.thread_time()
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, _HANG)
            subject.feed(data)
        except Exception:
            result.exceptions += 1
            result.report(f"seed {seed} input {number}", data, traceback.format_exc())
            if result.exceptions >= _MOST_CRASHES:
                break
            subject = target.make(random)
        took = time.thread_time() - at
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if sampled:
            result.peak = max(result.peak, tracemalloc.get_traced_memory()[1] / 1024)
            tracemalloc.stop()
        elif took > result.slowest and number >= _WARM:
            result.slowest, result.slowest_input = took, data
        result.inputs = number + 1
        if number % _CLOCK == 0 and time.perf_counter() - started > seconds:
            break
    result.seconds = time.perf_counter() - started
    result.grown = _resident() - before
    result.top = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    if result.slowest * 1000 > target.most_ms:
        why = f"slower than {target.most_ms:g} ms: {result.slowest * 1000:.0f} ms"
        result.report(f"seed {seed}", result.slowest_input, why)
    if result.grown > target.most_mib:
        result.report(f"seed {seed}", b"", f"grew by {result.grown:.0f} MiB")
    return result


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise HangError(f"more than {_HANG:g} s")


def _resident() -> float:
    """MiB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / (1 << 20)


def _print(results: list[Result]) -> None:
    table = Table(
        "target", "inputs", "exceptions", "slowest ms", "grown MiB", "peak MiB", "one input KiB", "inputs/s"
    )
    for each in results:
        table.add_row(
            each.name,
            f"{each.inputs:,}",
            str(each.exceptions),
            f"{each.slowest * 1000:.1f}",
            f"{each.grown:.1f}",
            f"{each.top:.1f}",
            f"{each.peak:,.0f}",
            f"{each.inputs / each.seconds:,.0f}" if each.seconds else "",
        )
    Console().print(table)
    for each in results:
        for crash in each.crashes:
            *said, data = crash.splitlines()
            sys.stdout.write("\n".join([*said, f"{data[:400]}{'...' if len(data) > 400 else ''}", ""]))


def main() -> int:
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(description="Feed damaged input to readers and machines.")
    parser.add_argument(
        "target", nargs="+", choices=["all", *names], metavar="TARGET", help=f"all, {', '.join(names)}"
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60.0, help="at most, of each target")
    parser.add_argument("--crashes", type=Path, default=Path("fuzz-crashes"), help="folder for crash files")
    options = parser.parse_args()
    chosen = [each.name for each in TARGETS if "all" in options.target or each.name in options.target]
    results: list[Result] = []
    # A process of its own for each target: its memory is its own.
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        for name in chosen:
            done = pool.submit(
                _one, name, options.inputs, options.seed, options.seconds, options.crashes
            ).result()
            sys.stderr.write(f"{name}: {done.inputs} inputs, {done.exceptions} exceptions\n")
            results.append(done)
    _print(results)
    return 1 if any(each.crashes for each in results) else 0


def _one(name: str, inputs: int, seed: int, seconds: float, crashes: Path) -> Result:
    target = next(each for each in TARGETS if each.name == name)
    return fuzz(target, inputs=inputs, seed=seed, seconds=seconds, crashes=crashes)


if __name__ == "__main__":
    sys.exit(main())
