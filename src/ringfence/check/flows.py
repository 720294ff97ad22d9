"""Flow by flow: does a configuration let it open, does it let the answers back, and by which lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from msgspec.structs import replace as changed

from ringfence.check.report import Answer, ConfigLine, FlowCheck, StageCheck
from ringfence.model.address import Network
from ringfence.model.flow import Flow, Role
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Rule
from ringfence.model.stage import Stage
from ringfence.policy.compile import rules_for
from ringfence.policy.listing import Helper, Listing, Moment
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.packetset import PacketSet, Space, flow_boxes
from ringfence.policy.region import packets_between
from ringfence.policy.reverse import answered, reverse
from ringfence.policy.space import Box, row
from ringfence.policy.state_model import Bounds, Judge, Share, judge_listing, touches
from ringfence.policy.terms import boxes_in_both, without
from ringfence.policy.words import rule_words

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A judge, the protocols whose answers its device does not follow, and the flows a helper expects.

    `expected` are their ids, with whether it is certain that the helper reads of them. `one_way`: other
    lists decide about answers, as where a firewall itself is one end.
    """

    judge: Judge
    untracked: frozenset[Protocol]
    expected: Mapping[str, bool]
    one_way: bool = False

    def legs(self, flow: Flow) -> tuple[tuple[Moment, tuple[Box, ...]], ...]:
        """The packets of the flow that the lists judge, by the moment at which they come."""
        return ((Moment.OPENS, opening_boxes(flow)),) if self.one_way else legs(flow)

    def reply(self, flow: Flow) -> tuple[Box, ...]:
        return () if self.one_way else reply_boxes(flow)

    def tracks(self, flow: Flow) -> bool:
        return flow.protocol not in self.untracked

    def openers(self, flow: Flow) -> Bounds:
        """What passes of openers, which are RELATED and not NEW where a helper expects them."""
        if flow.id not in self.expected:
            return self.judge.openers()
        expected = self.judge.passing(Moment.EXPECTED)
        if self.expected[flow.id]:
            return expected
        new = self.judge.openers()
        return Bounds(new.least & expected.least, new.most | expected.most, new.read)

    def passing(self, flow: Flow, moment: Moment) -> Bounds:
        if moment is Moment.OPENS:
            return self.openers(flow)
        return self.judge.passing(moment, tracked=self.tracks(flow))

    def judged(
        self, flow: Flow, packets: PacketSet, action: Action, moment: Moment = Moment.OPENS
    ) -> tuple[Share, ...]:
        """The rows that do `action` to packets of the flow, once for each list."""
        if moment is Moment.OPENS and self.expected.get(flow.id):
            moment = Moment.EXPECTED
        elif moment is Moment.OPENS:
            judge = self.judge
            return judge.denied(packets) if action is Action.DENY else judge.permitted(packets)
        return self.judge.judged(packets, action, moment, tracked=self.tracks(flow))


def question_about(listing: Listing, needed: Sequence[Flow], unfollowed: frozenset[Protocol]) -> Question:
    """The question of these flows; `unfollowed` are the protocols whose answers the device does not follow.

    Of long lists only the few rows that meet the flows' own packets are judged together. Raises
    BudgetExceeded.
    """
    own = [box for flow in needed for box in (*flow_boxes(flow), *mirror_boxes(flow))]
    return Question(judge_listing(Space(), listing, own), unfollowed, expected_flows(needed, listing))


def legs(flow: Flow) -> tuple[tuple[Moment, tuple[Box, ...]], ...]:
    """The packets of the flow by the moment at which they come; none but the openers without an answer."""
    opening, reply = opening_boxes(flow), reply_boxes(flow)
    if not reply:
        return ((Moment.OPENS, opening),)
    return (Moment.OPENS, opening), (Moment.ANSWERS, reply), (Moment.CONTINUES, opening)


def expected_flows(needed: Sequence[Flow], listing: Listing) -> dict[str, bool]:
    """The flows that a helper reads of: ids, with whether that is certain.

    A RAS helper expects call signalling at the callSignalAddress of each full RRQ that it hears, from the
    gatekeeper and any port, for 240 s (nf_conntrack_h323: default RRQ life less a minute); where RAS itself
    is translated, at another address.
    """
    mine = [helper for helper in listing.helpers if helper.name.upper() == "RAS"]
    heard = [box for flow in needed if flow.stage is Stage.REGISTER for box in opening_boxes(flow)]
    certain = any(helper.certain and _hears_all(helper, tuple(heard)) for helper in mine)
    certain = certain and not any(boxes_in_both(one.boxes, tuple(heard)) for one in listing.translations)
    if not any(boxes_in_both(helper.boxes, tuple(heard)) for helper in mine):
        return {}
    called = [flow for flow in needed if flow.stage is Stage.SIGNAL and flow.responder.role is Role.HANDSET]
    return {flow.id: certain for flow in called if flow.protocol is Protocol.TCP}


def _hears_all(helper: Helper, heard: tuple[Box, ...]) -> bool:
    try:
        return not without(heard, helper.boxes)
    except NotUnderstood:
        return False


@dataclass(frozen=True, slots=True)
class Missing:
    """A rule that would let lost packets of a flow through, and the shares that stop them."""

    flow: Flow
    rule: Rule
    stopped: tuple[Share, ...]


def opening_boxes(flow: Flow) -> tuple[Box, ...]:
    """The packets that open the flow; of ICMP those of code 0, the only one that echo has (RFC 792)."""
    return _without_codes(flow, flow_boxes(flow))


def reply_boxes(flow: Flow) -> tuple[Box, ...]:
    """The packets that answer the flow's openers; none for a flow that is not answered."""
    return _without_codes(flow, mirror_boxes(flow))


def mirror_boxes(flow: Flow) -> tuple[Box, ...]:
    """The same as a rule would say it: of ICMP every code."""
    return row(reverse(rules_for((flow,))[0])).boxes if answered(flow) else ()


def needed_boxes(judged: Judge, needed: Sequence[Flow]) -> Iterator[Box]:
    """The openers; for a list without state the answers too, which it has to state."""
    for flow in needed:
        yield from flow_boxes(flow)
        if not judged.keeps_state():
            yield from mirror_boxes(flow)


def _without_codes(flow: Flow, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    if flow.icmp_type is None:
        return boxes
    return tuple(replace(box, fields=(*box.fields[:4], ((0, 0),))) for box in boxes)


def flow_checks(
    question: Question, needed: Sequence[Flow], closed: Mapping[str, str] = MappingProxyType({})
) -> list[FlowCheck]:
    """Each flow. `closed` are those that translation leads to nobody, whatever the rules say, with why."""
    checks = []
    for flow in needed:
        found = flow_check(question, flow)
        if flow.id in closed:
            blocks = Answer.BLOCKS
            found = changed(found, answer=blocks, as_read=blocks, by=(), why=closed[flow.id])
        checks.append(found)
    return checks


def by_stages(checks: Iterable[FlowCheck]) -> tuple[StageCheck, ...]:
    """Every stage, in the order of the procedure; a stage is as good as its worst flow."""
    found: dict[Stage, list[FlowCheck]] = {}
    for check in checks:
        found.setdefault(check.stage, []).append(check)
    return tuple(
        StageCheck(stage, max((check.answer for check in mine), key=lambda a: a.rank), tuple(mine))
        for stage, mine in sorted(found.items(), key=lambda item: item[0].order)
    )


def flow_check(question: Question, flow: Flow) -> FlowCheck:
    """One flow: do its openers pass, do its answers, and is that certain?"""
    judge = question.judge
    opening, reply = judge.space.of(opening_boxes(flow)), judge.space.of(question.reply(flow))
    check = FlowCheck(
        id=flow.id,
        stage=flow.stage,
        answer=Answer.PERMITS,
        words=rule_words(rules_for((flow,))[0]),
        packet=str(opening.witness()),
        by=(),
        openings=opening.count(),
    )
    for moment, boxes in question.legs(flow):
        lost = judge.space.of(boxes) - question.passing(flow, moment).most
        if not lost.empty:
            return _blocked(check, lost, question.judged(flow, lost, Action.DENY, moment), moment)
    by = _lines(question.judged(flow, opening, Action.PERMIT))
    check = changed(check, by=by, answered=_how_answered(question, flow, reply))
    return _doubted(question, flow, check)


def _blocked(check: FlowCheck, lost: PacketSet, stopped: Sequence[Share], moment: Moment) -> FlowCheck:
    witness = stopped[0].part.witness() if stopped else lost.witness()
    return changed(
        check,
        answer=Answer.BLOCKS,
        as_read=Answer.BLOCKS,
        packet=str(witness),
        by=_lines(stopped),
        cut=lost.count(),
        way=moment,
    )


def _doubted(question: Question, flow: Flow, check: FlowCheck) -> FlowCheck:
    """The same check; not proved where something that was not understood may concern its packets."""
    judge = question.judge
    boxes = (*opening_boxes(flow), *question.reply(flow))
    opening, reply = judge.space.of(opening_boxes(flow)), judge.space.of(question.reply(flow))
    translations = judge.listing.translated(judge.space, opening, reply)
    certain = all(
        judge.space.of(packets) <= question.passing(flow, moment).least
        for moment, packets in question.legs(flow)
    )
    if certain and not translations:
        return check
    parts = [] if certain else [part for part in judge.listing.unread if touches(part, boxes)]
    places = list(dict.fromkeys(part.place for part in parts))
    reasons = [_listed(places, "not understood")] if parts else []
    if translations:
        reasons.append(_listed([found.place for found in translations], "may translate its addresses"))
    if not certain and question.expected.get(flow.id) is False:
        helpers = [helper.place for helper in judge.listing.helpers if not helper.certain]
        reasons.append(_listed(helpers, "may open it, as a helper"))
    lost = opening - question.openers(flow).read
    return changed(
        check,
        answer=Answer.NOT_PROVED,
        unread=tuple(dict.fromkeys((*(p.place for p in parts), *(t.place for t in translations)))),
        as_read=Answer.PERMITS if lost.empty else Answer.BLOCKS,
        by=check.by if lost.empty else _lines(question.judged(flow, lost, Action.DENY)),
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
    shares = question.judged(flow, reply, Action.PERMIT, Moment.ANSWERS)
    by = [line.place for line in _lines([share for share in shares if share.row is not None])]
    return f"by {', '.join(by[:_SHOWN])}" if by else "by default"


def _lines(shares: Iterable[Share]) -> tuple[ConfigLine, ...]:
    return tuple(dict.fromkeys(line_of(share) for share in shares))


def line_of(share: Share) -> ConfigLine:
    """The place of the row that decided, or the default of its list."""
    if share.row is not None:
        return ConfigLine(share.row.id, share.row.text)
    return ConfigLine(f"the default of {share.chain.place} ({share.chain.default})")


def passing_by_helper(question: Question, needed: Sequence[Flow]) -> tuple[str, ...]:
    """The flows that pass while a helper expects them, and at no other time."""
    judge = question.judge
    return tuple(
        flow.id
        for flow in needed
        if question.expected.get(flow.id)
        and judge.space.of(opening_boxes(flow)) <= question.openers(flow).least
        and not judge.space.of(opening_boxes(flow)) <= judge.openers().most
    )


def missing(question: Question, flow: Flow) -> tuple[Missing, ...]:
    """What would have to be permitted, no more than is lost as read, for it to open and to be answered."""
    judge = question.judge
    rule = rules_for((flow,))[0]
    found: list[Missing] = []
    stopped = judge.space.nothing()
    for moment, boxes in question.legs(flow):
        lost = judge.space.of(boxes) - question.passing(flow, moment).read - stopped
        if found and moment is Moment.ANSWERS and _keeps_by_rule(judge.listing):
            lost = lost - judge.space.of(row(reverse(found[0].rule)).boxes)
        if not lost.empty:
            stopped = stopped | lost
            wanted = reverse(rule) if moment is Moment.ANSWERS else rule
            shares = question.judged(flow, lost, Action.DENY, moment)
            found.append(Missing(flow, _narrowed(judge, wanted, lost), shares))
    return tuple(found)


def _keeps_by_rule(listing: Listing) -> bool:
    """Whether a rule that lets the opener through lets its answers back, too."""
    return all(chain.state_by_rule for chain in listing.chains if chain.denies and chain.of_rules)


def _narrowed(judge: Judge, rule: Rule, lost: PacketSet) -> Rule:
    """The rule with only those of its addresses that lose something: one gatekeeper of two, say."""

    def loses(sources: Sequence[Network], destinations: Sequence[Network]) -> bool:
        return not (judge.space.of(packets_between(sources, destinations)) & lost).empty

    return replace(
        rule,
        source=tuple(net for net in rule.source if loses((net,), rule.destination)),
        destination=tuple(net for net in rule.destination if loses(rule.source, (net,))),
    )
