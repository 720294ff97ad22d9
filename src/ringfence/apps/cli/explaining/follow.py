"""`explain --follow`: judge a growing file again and again, and say what changed."""

import time
from threading import Event

from ringfence.apps.cli.explaining.result import ExplainRequest, ExplainResult
from ringfence.apps.cli.explaining.table import verdict_text
from ringfence.apps.cli.screen import Screen
from ringfence.apps.cli.screens.styled import assemble
from ringfence.apps.report.explanation import ShownHandset, moment
from ringfence.model.errors import InputError

_INTERVAL = 1.0  # seconds between looks at the file; longer where reading it takes longer


def follow(question: ExplainRequest, out: Screen) -> ExplainResult:
    """Until Ctrl-C, which is the way to end it; the last answer. InputError: there never was one.

    A file of which nothing can be read yet is waited for; one that is not there is refused.
    """
    _sizes(question)
    seen: tuple[int, ...] = ()
    known: dict[str, ShownHandset] = {}
    answer: ExplainResult | None = None
    refusal: InputError | None = None
    try:
        while True:
            sizes, took = _sizes(question), 0.0
            if sizes != seen:
                seen, began = sizes, time.monotonic()
                try:
                    answer, refusal = question.answer(), None
                    print_changes(out, answer, known)
                except InputError as error:
                    refusal = error  # two captures may have nothing in common yet
                took = time.monotonic() - began
            Event().wait(max(_INTERVAL, 2 * took))
    except KeyboardInterrupt:
        if answer is None:
            raise refusal or InputError("nothing was captured", where="--follow") from None
        return answer


def _sizes(question: ExplainRequest) -> tuple[int, ...]:
    found = []
    for path in question.captures:
        try:
            found.append(path.stat().st_size)
        except OSError as error:
            raise InputError(error.strerror or str(error), where=str(path)) from None
    return tuple(found)


def print_changes(out: Screen, answer: ExplainResult, known: dict[str, ShownHandset]) -> None:
    """A line for each handset whose verdict or stage is another than before. `known` by MAC or name."""
    until = max(capture.last for capture in answer.shown.captures)
    for handset in answer.shown.handsets:
        key = handset.mac or handset.name
        before = known.get(key)
        known[key] = handset
        if before is None or (before.verdict, before.reached) != (handset.verdict, handset.reached):
            verdict = verdict_text(handset.verdict, healthy=handset.healthy)
            rest = f"  {handset.name}  {handset.progress}: {handset.cause}"
            out.print(assemble(f"{moment(until)}  ", verdict, rest), soft_wrap=True)
