"""Flow by flow: does a configuration let it open, does it let the answers back, and by which lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from msgspec.structs import replace as changed

from ringfence.check.report import Answer, FlowCheck, Line, StageCheck
from ringfence.model.address import Network
from ringfence.model.flow import Flow, Role
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Rule
from ringfence.model.stage import Stage
from ringfence.policy.compile import rules_for
from ringfence.policy.packetset import PacketSet, flow_boxes
from ringfence.policy.region import packets_between
from ringfence.policy.reverse import reverse
from ringfence.policy.space import Box, row
from ringfence.policy.state_model import Bounds, Judge, Share, touches
from ringfence.policy.words import rule_words

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A judge, what it says of openers, and how its device treats answers."""

    judge: Judge
    openers: Bounds
    untracked: frozenset[Protocol]
    state_is_a_rule: bool

    def tracks(self, flow: Flow) -> bool:
        return flow.protocol not in self.untracked

    def answers(self, flow: Flow) -> Bounds:
        return self.judge.answers(tracked=self.tracks(flow), state_is_a_rule=self.state_is_a_rule)


@dataclass(frozen=True, slots=True)
class Missing:
    """A rule that would let lost packets of a flow through, and the shares that stop them."""

    flow: Flow
    rule: Rule
    stopped: tuple[Share, ...]


def answered(flow: Flow) -> bool:
    """Whether the mirror image of the flow's packets is part of the procedure.

    A relay asks from one address and is answered at another (RFC 2131 section 4.1), a RELEASE is not answered
    (section 4.4.4), and what answers a multicast comes from an address of its own: those answers are flows
    themselves, or nothing.
    """
    if flow.stage is Stage.RELEASE or flow.responder.role is Role.RELAY_GIADDR:
        return False
    ends = {flow.initiator.role, flow.responder.role}
    from_group = flow.stage is Stage.DISCOVER and flow.initiator.role is Role.GATEKEEPER
    return not (ends & {Role.RELAY_UPLINK, Role.DISCOVERY_GROUP} or from_group)


def opening_boxes(flow: Flow) -> tuple[Box, ...]:
    """The packets that open the flow; of ICMP those of code 0, the only one that echo has (RFC 792)."""
    return _without_codes(flow, flow_boxes(flow))


def reply_boxes(flow: Flow) -> tuple[Box, ...]:
    """The packets that answer the flow's openers; none for a flow that is not answered."""
    return _without_codes(flow, mirror_boxes(flow))


def mirror_boxes(flow: Flow) -> tuple[Box, ...]:
    """The same as a rule would say it: of ICMP every code."""
    return row(reverse(rules_for((flow,))[0])).boxes if answered(flow) else ()


def _without_codes(flow: Flow, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    if flow.icmp_type is None:
        return boxes
    return tuple(replace(box, fields=(*box.fields[:4], ((0, 0),))) for box in boxes)


def stage_checks(question: Question, needed: Sequence[Flow]) -> tuple[StageCheck, ...]:
    """Every stage of the procedure, in its order; a stage is as good as its worst flow."""
    by_stage: dict[Stage, list[FlowCheck]] = {}
    for flow in needed:
        by_stage.setdefault(flow.stage, []).append(flow_check(question, flow))
    return tuple(
        StageCheck(stage, max((check.answer for check in checks), key=lambda a: a.rank), tuple(checks))
        for stage, checks in by_stage.items()
    )


def flow_check(question: Question, flow: Flow) -> FlowCheck:
    """One flow: do its openers pass, do its answers, and is that certain?"""
    judge = question.judge
    opening, reply = judge.space.of(opening_boxes(flow)), judge.space.of(reply_boxes(flow))
    check = FlowCheck(
        id=flow.id,
        stage=flow.stage,
        answer=Answer.PERMITS,
        words=rule_words(rules_for((flow,))[0]),
        packet=str(opening.witness()),
        by=(),
        openings=opening.count(),
    )
    lost, lost_reply = opening - question.openers.most, reply - question.answers(flow).most
    if not lost.empty:
        return _blocked(check, lost, judge.denied(lost), "opens")
    if not lost_reply.empty:
        stopped = judge.judged_answers(lost_reply, Action.DENY, tracked=question.tracks(flow))
        return _blocked(check, lost_reply, stopped, "answers")
    check = changed(check, by=_lines(judge.permitted(opening)), answered=_how_answered(question, flow, reply))
    return _doubted(question, flow, check)


def _blocked(check: FlowCheck, lost: PacketSet, stopped: Sequence[Share], way: str) -> FlowCheck:
    witness = stopped[0].part.witness() if stopped else lost.witness()
    return changed(
        check,
        answer=Answer.BLOCKS,
        as_read=Answer.BLOCKS,
        packet=str(witness),
        by=_lines(stopped),
        cut=lost.count(),
        way=way,
    )


def _doubted(question: Question, flow: Flow, check: FlowCheck) -> FlowCheck:
    """The same check; not proved where something that was not understood may concern its packets."""
    judge = question.judge
    boxes = (*opening_boxes(flow), *reply_boxes(flow))
    opening, reply = judge.space.of(opening_boxes(flow)), judge.space.of(reply_boxes(flow))
    translations = judge.listing.translated(judge.space, opening | reply)
    certain = opening <= question.openers.least and reply <= question.answers(flow).least
    if certain and not translations:
        return check
    parts = [] if certain else [part for part in judge.listing.unread if touches(part, boxes)]
    reasons = [_listed([part.place for part in parts], "not understood")] if parts else []
    if translations:
        reasons.append(_listed([found.place for found in translations], "may translate its addresses"))
    lost = opening - question.openers.read
    return changed(
        check,
        answer=Answer.NOT_PROVED,
        unread=tuple(dict.fromkeys((*(p.place for p in parts), *(t.place for t in translations)))),
        as_read=Answer.PERMITS if lost.empty else Answer.BLOCKS,
        by=check.by if lost.empty else _lines(judge.denied(lost)),
        why="; ".join(reasons),
    )


def _listed(places: Sequence[str], what: str) -> str:
    shown = list(places[:_SHOWN])
    if len(places) > _SHOWN:
        shown.append(f"{len(places) - _SHOWN} more")
    return f"{', '.join(shown)} {what}"


def _how_answered(question: Question, flow: Flow, reply: PacketSet) -> str:
    if reply.empty:
        return ""
    if question.judge.keeps_state() and question.tracks(flow):
        return "by state"
    shares = question.judge.judged_answers(reply, Action.PERMIT, tracked=question.tracks(flow))
    by = [line.place for line in _lines([share for share in shares if share.row is not None])]
    return f"by {', '.join(by[:_SHOWN])}" if by else "by default"


def _lines(shares: Iterable[Share]) -> tuple[Line, ...]:
    return tuple(dict.fromkeys(line_of(share) for share in shares))


def line_of(share: Share) -> Line:
    """The place of the row that decided, or the default of its list."""
    if share.row is not None:
        return Line(share.row.id, share.row.text)
    return Line(f"the default of {share.chain.place} ({share.chain.default})")


def missing(question: Question, flow: Flow) -> tuple[Missing, ...]:
    """What would have to be permitted, no more than is lost as read, for it to open and to be answered."""
    judge = question.judge
    rule = rules_for((flow,))[0]
    found = []
    lost = judge.space.of(opening_boxes(flow)) - question.openers.read
    if not lost.empty:
        found.append(Missing(flow, _narrowed(judge, rule, lost), judge.denied(lost)))
    lost = judge.space.of(reply_boxes(flow)) - question.answers(flow).read
    if not lost.empty:
        stopped = judge.judged_answers(lost, Action.DENY, tracked=question.tracks(flow))
        found.append(Missing(flow, _narrowed(judge, reverse(rule), lost), stopped))
    return tuple(found)


def _narrowed(judge: Judge, rule: Rule, lost: PacketSet) -> Rule:
    """The rule with only those of its addresses that lose something: one gatekeeper of two, say."""

    def loses(sources: Sequence[Network], destinations: Sequence[Network]) -> bool:
        return not (judge.space.of(packets_between(sources, destinations)) & lost).empty

    return replace(
        rule,
        source=tuple(net for net in rule.source if loses((net,), rule.destination)),
        destination=tuple(net for net in rule.destination if loses(rule.source, (net,))),
    )
