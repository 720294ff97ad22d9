"""What reading a configuration found: plain values, the same for the screen, for JSON and for tests."""

from enum import StrEnum

import msgspec

from ringfence.model.findings import Finding
from ringfence.model.stage import Stage
from ringfence.policy.listing import Moment
from ringfence.policy.review import RowFault


class Answer(StrEnum):
    """What the configuration says of a flow, a stage or the whole procedure, the worst last."""

    PERMITS = "permits"
    NOT_PROVED = "not proved"  # a part that was not understood, or not modelled, may change it
    BLOCKS = "blocks"

    @property
    def rank(self) -> int:
        return list(Answer).index(self)


class ConfigLine(msgspec.Struct, frozen=True):
    """A place of the configuration and what stands there; `text` is empty for a default."""

    place: str
    text: str = ""

    def __str__(self) -> str:
        # Some places carry the line's comment already.
        return f"{self.place}: {self.text}" if self.text and self.text not in self.place else self.place


class FlowCheck(msgspec.Struct, frozen=True):
    """One flow. `packet` shows the answer; `by` are the lines that permit, or that stop, its packets.

    `way` is the moment of the flow whose packets it is about. `answered` is
    how replies pass. `cut` of `openings` headers do not pass. `unread` are the places that keep it from being
    proved, and `as_read` is what would hold if they said nothing.
    """

    id: str
    stage: Stage
    answer: Answer
    words: str
    packet: str
    by: tuple[ConfigLine, ...]
    way: Moment = Moment.OPENS
    answered: str = ""
    cut: int = 0
    openings: int = 0
    unread: tuple[str, ...] = ()
    as_read: Answer = Answer.PERMITS
    why: str = ""


class StageCheck(msgspec.Struct, frozen=True):
    stage: Stage
    answer: Answer
    flows: tuple[FlowCheck, ...]


class Fix(msgspec.Struct, frozen=True):
    """What to add so that the flows pass: `lines` in the device's syntax, `where` they belong.

    `refused` says why there are none: the device cannot say it as narrowly as needed.
    """

    flows: tuple[str, ...]
    where: str
    lines: tuple[str, ...]
    refused: str = ""


class Exposed(msgspec.Struct, frozen=True):
    """What one line opens between the two zones beyond the need; `useful`: it also permits something needed.

    `count` are headers: (source, destination, protocol, ports) combinations.
    """

    line: ConfigLine
    count: int
    packet: str
    ways: tuple[str, ...]
    useful: bool


class LineFault(msgspec.Struct, frozen=True):
    """A line without an effect of its own; `by` are the lines that decide its packets."""

    line: ConfigLine
    fault: RowFault
    by: tuple[str, ...]
    concerns: bool  # it meets packets between the two zones


class Change(msgspec.Struct, frozen=True):
    """What a change of configuration opens or closes, by the line that now decides and the one that did."""

    opens: bool
    line: ConfigLine
    before: tuple[ConfigLine, ...]
    count: int
    packet: str
    needed: tuple[str, ...]  # the flows that it touches


class FlowChange(msgspec.Struct, frozen=True):
    """A flow that fares otherwise; `by` are the lines that decide now, `unread` what leaves it in doubt."""

    id: str
    stage: Stage
    before: Answer
    after: Answer
    by: tuple[ConfigLine, ...]
    unread: tuple[str, ...]

    @property
    def worse(self) -> bool:
        return self.after.rank > self.before.rank


class DiffReport(msgspec.Struct, frozen=True):
    """Between two configurations. `opened` and `closed` are headers of openers, over every packet there is.

    Between the two zones: `beyond` are those that open and that no flow needs, `unproved` those of which
    something was known and is no more, `proved` the other way round. `flows` are those of the procedure that
    fare otherwise, their answers included. `unread` are parts of either that were not understood and not
    compared.
    """

    opened: int
    closed: int
    beyond: int
    unproved: int
    proved: int
    flows: tuple[FlowChange, ...]
    changes: tuple[Change, ...]
    unread: tuple[str, ...]

    @property
    def harmless(self) -> bool:
        """Whether nothing opens without need, nothing is in doubt that was not, and no flow fares worse."""
        return not self.beyond and not self.unproved and not any(flow.worse for flow in self.flows)


class UnboundList(msgspec.Struct, frozen=True):
    """A list of rules in the text that filters nothing; `bind` are the lines that would put it in force."""

    line: ConfigLine
    bind: tuple[str, ...]


class CheckReport(msgspec.Struct, frozen=True):
    """Everything a configuration says about a site's procedure.

    `unfiltered`: no list in force has a word about packets between the two zones. Everything passes then, and
    nothing is proved of a firewall.
    """

    site: str
    target: str
    answer: Answer
    except_for: tuple[str, ...]  # places that were not understood and may matter here
    stages: tuple[StageCheck, ...]
    fixes: tuple[Fix, ...]
    opened: int
    needed: int
    exposure: tuple[Exposed, ...]
    faults: tuple[LineFault, ...]
    findings: tuple[Finding, ...]
    unread: tuple[str, ...]
    unplaced: tuple[str, ...]  # interfaces and zones behind which nothing is known to live
    assumed: tuple[str, ...]
    notes: tuple[str, ...]
    sha256: str = ""
    lines: int = 0
    unfiltered: bool = False
    unbound: tuple[UnboundList, ...] = ()
