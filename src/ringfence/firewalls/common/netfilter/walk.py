"""What a base chain of netfilter decides, kind of packet by kind of packet.

Jumps narrow the rules that they lead to; what was sent back is taken out of those that follow. Every part
that was not understood becomes a gap of exactly the packets that it may concern.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from ringfence.firewalls.common.netfilter.kinds import (
    BOTH_WAYS,
    ESTABLISHED,
    EXPECTED,
    INVALID,
    NEW,
    OPENER,
    RELATED,
    SEGMENTS,
    STATES,
    UNTRACKED,
    Condition,
    Effect,
    EffectKind,
    Jump,
    Kind,
    NetfilterRule,
    Step,
    later_kinds,
)
from ringfence.firewalls.common.reading import Reading, Rows
from ringfence.model.errors import InputError
from ringfence.model.policy import Action
from ringfence.policy.listing import Chain, Moment, Phase, Unread, everything
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.overlap import BoxIndex
from ringfence.policy.space import Box, Row
from ringfence.policy.terms import both_ways, boxes_in_both, gathered, in_both, without

RuleChains: TypeAlias = Mapping[str, Sequence[NetfilterRule]]

# Jumps multiply what has to be looked at: this much, and for each rule so often.
_VISITS, _VISITS_EACH = 50_000, 8
_WORK = 600_000  # intervals compared with what was sent back: some six seconds
_DIVIDED = 256
_EXCEPTIONS = "too many exceptions to follow"
_UNSETTLED = "whether connection tracking has run here depends on the order of loading"


class Hook(NamedTuple):
    """Where a base chain stands. `depth`: how deep jumps may nest.

    `tracked`: connection tracking has run (None: it may have); before it every packet is INVALID
    (nf_ct_get finds nothing). `opens_only`: only a connection's first packet comes here, as in a nat chain.
    `routed`: the packet's way out is known.
    """

    place: str
    versions: frozenset[int]
    default: Action
    depth: int
    tracked: bool | None = True
    opens_only: bool = False
    routed: bool = True


class EarlyWords(NamedTuple):
    """What was said of packets before connection tracking saw them.

    `untracked` it never sees; `claimed` are those whose connection is to have a helper. The first word about
    a packet stays (xt_ct_target, nft_notrack_eval).
    """

    untracked: tuple[Box, ...] = ()
    claimed: tuple[Box, ...] = ()

    def with_word(self, effect: Effect, boxes: tuple[Box, ...]) -> "EarlyWords":
        """NotUnderstood when what is new of `boxes` takes too many boxes to say."""
        if effect.kind is EffectKind.UNTRACKED:
            return self._replace(untracked=gathered(self.untracked, without(boxes, self.claimed)))
        if effect.kind is EffectKind.HELPER and effect.early:
            return self._replace(claimed=gathered(self.claimed, without(boxes, self.untracked)))
        return self


class Reached(NamedTuple):
    """A rule with an effect, and packets that reach it; `why` where that is not certain."""

    rule: NetfilterRule
    effect: Effect
    boxes: tuple[Box, ...]
    why: str


@dataclass(slots=True)
class _Noted:
    """What the walks through one chain share: what was not understood, and how much may still be divided."""

    unread: dict[object, Unread] = field(default_factory=dict)
    work: int = _WORK


@dataclass(slots=True)
class _Walk:
    """One kind of packet through one base chain."""

    rules: RuleChains
    hook: Hook
    kind: Kind
    early: EarlyWords
    reading: Reading
    noted: _Noted
    where: str
    visits: int
    rows: Rows = field(default_factory=Rows)
    reached: list[Reached] = field(default_factory=list)
    any_any: list[str] = field(default_factory=list)
    decided: BoxIndex = field(default_factory=BoxIndex)  # what of `rows` effects have asked about
    doubted: BoxIndex = field(default_factory=BoxIndex)
    seen: tuple[int, int] = (0, 0)
    states: dict[str, int] = field(default_factory=dict)  # of accepting rules that do not meet this kind


def base_chain(
    rules: RuleChains,
    name: str,
    hook: Hook,
    reading: Reading,
    *,
    early: EarlyWords,
    expects: bool = False,
    where: str,
) -> tuple[Chain, list[Reached]]:
    """The base chain `name` as a list, and what has an effect in it. InputError: jumps multiply too far.

    `early` is what earlier chains said of connections before there were any; `expects`: a helper may have
    made some connection a RELATED one. `where` names the text, for errors.
    """
    kinds = [OPENER, *([EXPECTED] if expects else []), *(() if hook.opens_only else _told_apart(rules))]
    budget = _VISITS + _VISITS_EACH * sum(map(len, rules.values()))
    walks = []
    noted = _Noted()
    for kind in kinds:
        walk = _Walk(rules, hook, kind, early, reading, noted, where, budget)
        if hook.opens_only and early.untracked:  # nf_nat_inet_fn: what is not tracked is not translated
            id_ = f"not tracked at {hook.place}"
            walk.rows.add(Row(id_, Action.PERMIT, early.untracked, implicit=True))
        _visit(walk, name, None, ())
        walks.append(walk)
    first = walks[0]
    if not hook.opens_only:
        reading.any_any += first.any_any
    stateful = any(states & ESTABLISHED for states in first.states.values())
    chain = Chain(
        hook.place,
        tuple(first.rows.rows),
        hook.default,
        hook.versions,
        stateful,
        tuple(place for place, states in first.states.items() if states & RELATED),
        tuple(first.rows.gaps),
        _later(walks, hook, stateful=stateful),
    )
    return chain, _settled(walks)


def note_untracked_nat(hook: Hook, versions: frozenset[int], reading: Reading, *, may_stop: bool) -> None:
    """A nat chain, for families of which the text tracks no connections: there the kernel passes it over."""
    if may_stop and versions:
        why = "it filters only where connections are tracked, and nothing here makes the kernel track any"
        boxes = tuple(box for box in everything() if box.version in versions)
        reading.unread.append(Unread(hook.place, "a nat chain", why, boxes))


def _told_apart(rules: RuleChains) -> list[Kind]:
    """The later kinds that some rule here can tell apart."""
    parts = [part for listed in rules.values() for rule in listed for part in rule.parts]
    by_segment = any(part.segments != SEGMENTS for part in parts)
    by_way = any(part.replies != BOTH_WAYS for part in parts)
    if not by_segment and not by_way and all(part.states == STATES for part in parts):
        return []
    return later_kinds(by_segment=by_segment, by_way=by_way)


def _settled(walks: Sequence[_Walk]) -> list[Reached]:
    """The effects that openers reach; what takes some segments of a flow out of tracking is doubtful."""
    first = walks[0].reached
    others = [_untracking(walk) for walk in walks[1:]]
    # A connection that a helper expects is translated as any other is; packets are changed at any moment.
    first += [
        one
        for walk in walks[1:]
        for one in walk.reached
        if one not in first
        and (
            one.effect.kind is EffectKind.UNKNOWN
            or (walk.kind is EXPECTED and one.effect.kind is EffectKind.TRANSLATED)
        )
    ]
    if all(other == _untracking(walks[0]) for other in others):
        return first
    found = [one for one in first if one.effect.kind is not EffectKind.UNTRACKED]
    why = "some segments of a flow are tracked and others are not"
    return [*found, *(one._replace(why=one.why or why) for walk in walks for one in _untracking(walk))]


def _untracking(walk: _Walk) -> list[Reached]:
    return [one for one in walk.reached if one.effect.kind is EffectKind.UNTRACKED]


def _later(walks: Sequence[_Walk], hook: Hook, *, stateful: bool) -> tuple[Phase, ...]:
    """The phases after the opener, equal ones as one; none where all kinds fare alike without state."""
    if hook.opens_only:
        never = Phase(frozenset({Moment.ANSWERS, Moment.CONTINUES}), (), (), Action.PERMIT)
        expected = (_phase(walk, walk.kind.moments) for walk in walks[1:])
        return (never, *expected)
    found: dict[object, tuple[_Walk, set[Moment]]] = {}
    for walk in walks[1:]:
        found.setdefault(_decides(walk), (walk, set()))[1].update(walk.kind.moments)
    if not stateful and set(found) <= {_decides(walks[0])}:
        return ()
    return tuple(_phase(walk, moments) for walk, moments in found.values())


def _decides(walk: _Walk) -> object:
    gaps = ((gap.index, gap.unread, gap.unread.boxes, gap.action) for gap in walk.rows.gaps)
    return tuple(walk.rows.rows), tuple(gaps)


def _phase(walk: _Walk, moments: Collection[Moment]) -> Phase:
    return Phase(frozenset(moments), tuple(walk.rows.rows), tuple(walk.rows.gaps), walk.hook.default)


def _visit(walk: _Walk, name: str, outer: tuple[Box, ...] | None, path: tuple[str, ...]) -> None:
    """Add the chain's rows, narrowed to `outer`: the packets that were sent here (None: all)."""
    returned: tuple[Box, ...] = ()
    for rule in walk.rules.get(name, ()):
        walk.visits -= 1
        if walk.visits < 0:
            why = "jumps multiply the rules beyond the limit"
            raise InputError(why, where=f"{walk.where}, {rule.id}")
        for part, boxes, why in _met(walk, rule):
            inside = boxes if outer is None else boxes_in_both(boxes, outer)
            try:
                if rule.verdict is not Step.RETURN:
                    inside = _except(walk, inside, returned)
                if not inside:
                    continue
                if why:
                    raise NotUnderstood(why)
                returned = gathered(returned, _do(walk, rule, part, inside, (*path, name)))
            except NotUnderstood as error:
                _doubt(walk, rule, inside, str(error))


def _except(walk: _Walk, inside: tuple[Box, ...], away: tuple[Box, ...]) -> tuple[Box, ...]:
    """What of `inside` is not in `away`, at a price: each exception may divide what is left."""
    if not away:
        return inside
    if walk.noted.work < 0:
        raise NotUnderstood(_EXCEPTIONS)
    price = sum(len(intervals) for box in away for intervals in box.fields)
    try:
        rest = without(inside, away, _DIVIDED)
    except NotUnderstood:
        walk.noted.work -= price * _DIVIDED
        raise NotUnderstood(_EXCEPTIONS) from None
    walk.noted.work -= price * max(len(inside), len(rest))
    return rest


def _met(walk: _Walk, rule: NetfilterRule) -> Iterator[tuple[Condition, tuple[Box, ...], str]]:
    """The parts of a rule that packets of this kind meet, with what is doubtful about that."""
    for part, matched in rule.met(walk.kind):
        if part.routed not in {None, walk.hook.routed}:
            continue
        boxes = boxes_in_both(matched, _translated(walk)) if part.redirected else matched
        mine = walk.kind.state in part.states and walk.kind.reply in part.replies
        if walk.hook.tracked is None:
            either = (mine, _meets_flowless(part, INVALID))
            if any(either):
                yield part, boxes, part.why or ("" if all(either) else _UNSETTLED)
        else:
            if not walk.hook.tracked:
                mine = _meets_flowless(part, INVALID)
            yield from _by_early_words(walk, part, boxes, mine=mine)
        if walk.kind is OPENER and NEW not in part.states and rule.verdict is Action.PERMIT and not part.why:
            walk.states[rule.id] = walk.states.get(rule.id, 0) | sum(part.states)


def _translated(walk: _Walk) -> tuple[Box, ...]:
    return tuple(box for found in walk.reading.translations for box in both_ways(found.boxes))


def _meets_flowless(part: Condition, state: int) -> bool:
    """Whether a packet without a connection meets the part: its state is INVALID, or UNTRACKED."""
    return part.flowless and state in part.states


def _by_early_words(
    walk: _Walk, part: Condition, boxes: tuple[Box, ...], *, mine: bool
) -> Iterator[tuple[Condition, tuple[Box, ...], str]]:
    """What meets the part: `mine` says whether those packets do of which nothing was said early.

    Before connection tracking a packet that was given a helper looks as if it opened something: its template
    counts as a connection (xt_ct_target).
    """
    untracked, claimed = walk.early
    if not untracked and not claimed:
        if mine:
            yield part, boxes, part.why
        return
    fates = [(untracked, _meets_flowless(part, UNTRACKED))]
    if not walk.hook.tracked:
        fates.append((claimed, NEW in part.states and False in part.replies))
    fates = [(region, meets) for region, meets in fates if region]
    if all(meets == mine for _, meets in fates):
        if mine:
            yield part, boxes, part.why
        return
    for region, meets in fates:
        if meets:
            yield part, boxes_in_both(boxes, region), part.why
    if mine:
        try:
            away = untracked if walk.hook.tracked else (*untracked, *claimed)
            yield part, _except(walk, boxes, away), part.why
        except NotUnderstood as error:
            yield part, boxes, part.why or str(error)


def _doubt(walk: _Walk, rule: NetfilterRule, boxes: tuple[Box, ...], why: str) -> None:
    """The rule may meet these packets."""
    if rule.effect is not None:
        walk.reached.append(Reached(rule, rule.effect, boxes, why))
    if rule.verdict is not Step.NEXT:
        action = rule.verdict if isinstance(rule.verdict, Action) else None
        # One value for all kinds of packet, by which the gaps of one list are known to be those of another.
        unread = walk.noted.unread.get((rule.id, why, boxes))
        if unread is None:
            unread = Unread(rule.id, rule.as_written(), why, boxes)
            walk.noted.unread[rule.id, why, boxes] = unread
            walk.reading.unread.append(unread)
        walk.rows.gap(unread, action)


def _touching(index: BoxIndex, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    return tuple(box for box in index.near(boxes) if in_both((box,), boxes))


def _take_effect(walk: _Walk, rule: NetfilterRule, effect: Effect, boxes: tuple[Box, ...]) -> None:
    """Note which packets the rule reaches: not those that were decided about, perhaps those of gaps."""
    for row in walk.rows.rows[walk.seen[0] :]:
        walk.decided.add(row.boxes)
    for gap in walk.rows.gaps[walk.seen[1] :]:
        walk.doubted.add(everything() if gap.unread.boxes is None else gap.unread.boxes)
    walk.seen = len(walk.rows.rows), len(walk.rows.gaps)
    inside = _except(walk, boxes, _touching(walk.decided, boxes))
    perhaps = boxes_in_both(inside, _touching(walk.doubted, inside))
    if perhaps:
        inside = _except(walk, inside, perhaps)
        walk.reached.append(Reached(rule, effect, perhaps, "a rule before it was not understood"))
    walk.reached.append(Reached(rule, effect, inside, ""))
    if walk.hook.tracked is False:
        walk.early = walk.early.with_word(effect, inside)


def _do(
    walk: _Walk, rule: NetfilterRule, part: Condition, boxes: tuple[Box, ...], path: tuple[str, ...]
) -> tuple[Box, ...]:
    """Let the rule have its way with packets that meet it; the answer is what leaves its chain thereby."""
    verdict = rule.verdict
    if rule.effect is not None:
        _take_effect(walk, rule, rule.effect, boxes)
    if isinstance(verdict, Action):
        walk.rows.add(Row(rule.id, verdict, boxes, rule.text, rule.place))
        if verdict is Action.PERMIT and walk.kind is OPENER and part.plain():
            walk.any_any.append(rule.id)
        return ()
    if verdict is Step.NEXT:
        return ()
    if isinstance(verdict, Jump):
        missing = verdict.chain not in walk.rules
        if missing or verdict.chain in path or len(path) > walk.hook.depth:
            raise NotUnderstood(f"jump to {verdict.chain}, which is missing, circular or nests too deep")
        _visit(walk, verdict.chain, boxes, path)
        if not verdict.goto:
            return ()
    if len(path) == 1:  # what returns from a base chain meets its policy
        walk.rows.add(Row(rule.id, walk.hook.default, boxes, rule.text, rule.place))
    return boxes
