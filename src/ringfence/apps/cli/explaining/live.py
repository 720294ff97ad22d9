"""`explain --interface`: judge what an interface shows, again and again, and say what changed."""

import time
from contextlib import closing
from dataclasses import dataclass

from ringfence.apps.cli.explaining.follow import print_changes
from ringfence.apps.cli.explaining.result import ExplainResult, explain_result
from ringfence.apps.cli.screen import Screen
from ringfence.apps.report.explanation import ShownHandset
from ringfence.capture.summary import Summary
from ringfence.diagnosis.explain import explain_frames
from ringfence.diagnosis.options import JudgeOptions
from ringfence.lab.listener import Listener
from ringfence.model.ports import Ports

_INTERVAL = 1.0  # seconds between two judgements; longer where one takes longer


@dataclass(frozen=True, slots=True)
class LiveCapture:
    """What to listen to. `seconds`: for how long; None: until Ctrl-C."""

    interface: str
    state_timeout: float
    seconds: float | None = None
    promiscuous: bool = False


def listen(live: LiveCapture, out: Screen, notes: Screen) -> ExplainResult:
    """Until Ctrl-C, `seconds`, or the interface goes down; the last answer. InputError: cannot listen."""
    known: dict[str, ShownHandset] = {}
    until = None if live.seconds is None else time.monotonic() + live.seconds
    listener = Listener(live.interface, Ports(), promiscuous=live.promiscuous)
    with closing(listener):
        judged, took = -1, 0.0
        try:
            notes.print(f"listening on {live.interface}; end with Ctrl-C")
            while not listener.wait(_pause(until, took)) and (until is None or time.monotonic() < until):
                if listener.seen == judged:
                    continue
                judged, began = listener.seen, time.monotonic()
                print_changes(out, _answer(listener, live), known)
                took = time.monotonic() - began
        except KeyboardInterrupt:
            pass
    answer = _answer(listener, live)
    print_changes(out, answer, known)
    return answer


def _pause(until: float | None, took: float) -> float:
    pause = max(_INTERVAL, 2 * took)
    return pause if until is None else max(0.0, min(pause, until - time.monotonic()))


def _answer(listener: Listener, live: LiveCapture) -> ExplainResult:
    # Silence lasts until now, not until the last frame.
    summary = Summary(listener.interface, frames=listener.seen, last=time.time())
    reasons = [listener.ended] if listener.ended else []
    if listener.lost:
        reasons.append(f"the kernel dropped {listener.lost} frames: the buffer was full")
    if listener.forgotten:
        reasons.append(f"the oldest {listener.forgotten} frames were discarded")
    summary.damage = "; ".join(reasons)
    options = JudgeOptions(ports=listener.ports, state_timeout=live.state_timeout)
    explained = explain_frames(listener.frames(), summary, options)
    if not listener.ended:
        listener.look_at(explained.ports)
    return explain_result(explained)
