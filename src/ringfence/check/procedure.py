"""The whole procedure through one configuration: what is forwarded, and what the firewall itself sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from msgspec.structs import replace

from ringfence.check.flows import Question, flow_checks, question_about
from ringfence.check.own import OwnPath, judged_by_rules, not_compared, own_paths
from ringfence.check.report import Answer, FlowCheck
from ringfence.firewalls.common.profile import untracked
from ringfence.firewalls.common.target import Target
from ringfence.model.flow import Flow
from ringfence.model.site import Site
from ringfence.policy.listing import Listing

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Procedure:
    """`flows` are those that the rules of forwarded packets judge; of `own` other lists decide."""

    question: Question
    flows: tuple[Flow, ...]
    own: tuple[OwnPath, ...]
    checks: tuple[FlowCheck, ...]


def judge_procedure(
    site: Site, target: Target, listing: Listing, forwarded: Sequence[Flow], closed: Mapping[str, str] = _NONE
) -> Procedure:
    """`forwarded` are the flows as the target meets them; `closed` those that lead to nobody, with why."""
    by_rules = judged_by_rules(site, target)
    needed = (*forwarded, *by_rules)
    question = question_about(listing, needed, untracked(target.profile, listing.settings.inspections))
    own = own_paths(site, target, listing)
    checks = (
        *flow_checks(question, forwarded, closed),
        *(_doubted(check, target.local.doubt) for check in flow_checks(question, by_rules)),
        *(check for path in own for check in path.checks),
        *not_compared(site, target, listing),
    )
    return Procedure(question, needed, own, checks)


def _doubted(check: FlowCheck, why: str) -> FlowCheck:
    """A flow that is stopped by rules of which it is not certain that they judge it is not proved."""
    stopped = check.answer is Answer.BLOCKS and bool(why)
    return replace(check, answer=Answer.NOT_PROVED, why=why) if stopped else check
