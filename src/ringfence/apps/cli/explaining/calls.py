"""The calls on the screen: a row a call, and the media below."""

from collections.abc import Sequence

from ringfence.apps.cli.screen import Screen, table
from ringfence.apps.cli.screens.styled import StyledText
from ringfence.apps.report.calls import CALL_COLUMNS, ShownCall, channel_row

_SHOWN = 50  # calls; --json has all


def print_calls(out: Screen, calls: Sequence[ShownCall]) -> None:
    """Nothing when there are none."""
    if not calls:
        return
    shown = calls[:_SHOWN]
    out.print()
    out.print(f"{len(calls)} call{'s' if len(calls) > 1 else ''}", style="bold")
    out.print(table(CALL_COLUMNS, (call.row for call in shown), wrap="cause"))
    for call in shown:
        for channel in call.channels:
            if channel.state != "proposed":
                direction, medium, media, _, agreed, counted = channel_row(channel)
                who = f"{call.calling or call.caller} > {call.called_party or call.called}"
                line = f"  {who}, {direction}: {medium} to {media}, by {agreed}"
                line += f": {counted}" if counted else ""
                out.print(line, soft_wrap=True)
        if call.undecodable:
            out.print(f"  not all of it could be read: {call.undecodable}", soft_wrap=True)
    if len(calls) > len(shown):
        out.print(f"and {len(calls) - len(shown)} more calls (--json has them)")


def print_calls_verdict(out: Screen, calls: Sequence[ShownCall], *, healthy: bool, undecided: bool) -> None:
    """The last line of a capture that holds calls and no registration."""
    connected = sum(call.connected is not None for call in calls)
    failed = sum(call.failed for call in calls)
    words = (
        f"  {connected} of {len(calls)} calls connected, {failed} failed; no registration is in the capture"
    )
    word, style = ("CALLS OK", "bold green") if healthy else ("PROBLEMS FOUND", "bold red")
    if undecided:
        word, style = "UNDECIDED", "bold yellow"
    out.print(StyledText(word, style=style).append(words), soft_wrap=True)
