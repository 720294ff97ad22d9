"""What the firewall itself sends and receives, as relay agent or DHCP server: no rule forwards it, and where
lists of its own judge it, they stop phones as surely as those of forwarded packets do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec.structs import replace as changed

from ringfence.check.flows import Question, flow_check, opening_boxes, question_about
from ringfence.check.report import Answer, FlowCheck
from ringfence.firewalls.common.local import Local, needed_own
from ringfence.firewalls.common.target import Target
from ringfence.model.flow import Flow
from ringfence.model.own_traffic import OwnTraffic
from ringfence.model.policy import Rule
from ringfence.model.site import Site
from ringfence.policy.compile import rules_for
from ringfence.policy.listing import Listing, Moment
from ringfence.policy.packetset import Space
from ringfence.policy.reverse import reverse

_NO_LISTS = "lists of its own judge what it sends or receives itself, and they are not read"
_BROADCAST = "by which interface a broadcast comes in is not compared"


@dataclass(frozen=True, slots=True)
class OwnPath:
    """The lists of one direction, the flows that they judge, and what they do to them."""

    listing: Listing
    question: Question
    flows: tuple[Flow, ...]
    checks: tuple[FlowCheck, ...]

    @property
    def wanting(self) -> tuple[Flow, ...]:
        """The flows that it stops as read."""
        stopped = {check.id for check in self.checks if check.as_read is Answer.BLOCKS}
        return tuple(flow for flow in self.flows if flow.id in stopped)


def judged_by_rules(site: Site, target: Target) -> tuple[Flow, ...]:
    """The firewall's own flows that the rules of forwarded packets judge too."""
    local = target.local
    return tuple(each.flow for each in needed_own(site, local) if _by_rules(each, local))


def own_paths(site: Site, target: Target, listing: Listing) -> tuple[OwnPath, ...]:
    """The lists that judge the firewall's own packets, where the target's reader reads them."""
    if listing.own is None:
        return ()
    own = needed_own(site, target.local)
    found = []
    for sends in (True, False):
        mine = [each for each in own if each.outward is sends]
        if mine:
            flows = tuple(each.flow for each in mine)
            lists = listing.own(sends)
            question = replace(question_about(lists, flows, frozenset()), one_way=True)
            checks = tuple(_judged(question, each, own, site) for each in mine)
            found.append(OwnPath(lists, question, flows, checks))
    return tuple(found)


def not_compared(site: Site, target: Target, listing: Listing) -> tuple[FlowCheck, ...]:
    """The firewall's own flows about which lists decide that nobody read; none where no list does."""
    local = target.local
    if listing.own is not None or not (local.lists or local.write is not None):
        return ()
    space = Space()
    return tuple(
        FlowCheck(
            id=each.flow.id,
            stage=each.flow.stage,
            answer=Answer.NOT_PROVED,
            words=each.flow.dialogue,
            packet=str(space.of(opening_boxes(each.flow)).witness()),
            by=(),
            why=_BROADCAST if each.by_broadcast and local.inward else _NO_LISTS,
        )
        for each in needed_own(site, local)
        if _meets_lists(each, local) and not _by_rules(each, local)
    )


def _meets_lists(each: OwnTraffic, local: Local) -> bool:
    """What a device sends itself meets lists of its own on Linux alone."""
    return local.by_daemon or not each.outward


def _by_rules(each: OwnTraffic, local: Local) -> bool:
    return not each.by_broadcast and (local.outward if each.outward else local.inward)


def _judged(question: Question, each: OwnTraffic, own: Sequence[OwnTraffic], site: Site) -> FlowCheck:
    check = flow_check(question, each.flow)
    if check.answer is Answer.PERMITS:
        return check
    if _answers(each, own):
        packets = question.judge.space.of(opening_boxes(each.flow))
        if packets <= question.judge.passing(Moment.ANSWERS).least:
            return changed(check, answer=Answer.PERMITS, as_read=Answer.PERMITS, by=(), answered="by state")
    if check.answer is Answer.BLOCKS and (doubt := _doubt(each, site)):
        return changed(check, answer=Answer.NOT_PROVED, why=doubt)
    return check


def _answers(each: OwnTraffic, own: Sequence[OwnTraffic]) -> bool:
    """Whether it answers what the firewall itself has asked from the same address: state lets that in."""
    turned = {_ends(reverse(rules_for((other.flow,))[0])) for other in own if other.outward}
    return not each.outward and _ends(rules_for((each.flow,))[0]) in turned


def _ends(rule: Rule) -> object:
    return rule.source, rule.destination, rule.source_ports, rule.destination_ports


def _doubt(each: OwnTraffic, site: Site) -> str:
    """Why lists that stop it may not stop phones."""
    if each.by_broadcast:
        return _BROADCAST
    if site.firewall(each.firewall).dhcp_daemon is None:
        needed = ", ".join(sorted(daemon.value for daemon in each.needed_by))
        return f"needed by {needed}: dhcp_daemon: in the site says which program relays"
    return ""
