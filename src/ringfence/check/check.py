"""Does a running configuration let handsets register, and what else does it let through?

No packet is sent: the configuration is read into packet sets, and the procedure's flows are looked up there.
"""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from ringfence.check.findings import by_helper, findings
from ringfence.check.flows import (
    Missing,
    Question,
    by_stages,
    missing,
    needed_boxes,
    passing_by_helper,
)
from ringfence.check.mistakes import mistakes
from ringfence.check.procedure import Procedure, judge_procedure
from ringfence.check.report import Answer, CheckReport, ConfigLine, Fix, LineFault, UnboundList
from ringfence.check.review import line_faults, openings
from ringfence.firewalls.common.document import Device, lies_within
from ringfence.firewalls.common.insertion import InsertionPoint
from ringfence.firewalls.common.site_zones import device_zones, servers_zone
from ringfence.firewalls.common.target import Target
from ringfence.firewalls.insert import insert_at
from ringfence.firewalls.translation import flows_as_matched
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.policy import FLOW_LEADS_NOWHERE
from ringfence.model.flow import Flow
from ringfence.model.policy import Rule
from ringfence.model.registration import flows
from ringfence.model.site import Site
from ringfence.model.translated import closed_flows
from ringfence.policy.diagram import BudgetExceeded
from ringfence.policy.listing import Listing
from ringfence.policy.packetset import Space
from ringfence.policy.region import between, packets_between
from ringfence.policy.space import Box, Row
from ringfence.policy.state_model import Judge, Share, filters_nothing
from ringfence.policy.terms import in_both

_NO_RULE = "rules come after this: bring the interface up, or correct the route"
_ANYWHERE = (IPv4Network("0.0.0.0/0"),)


def check(
    site: Site,
    listing: Listing,
    target: Target,
    *,
    device: Device | None = None,
    text: Sequence[str] = (),
) -> CheckReport:
    """What `listing` says of every flow of the site's procedure, what to add, and what it opens besides.

    `text` are the configuration's lines, for fixes that count them; `device` names its zones. Raises
    BudgetExceeded when the rules between the two zones are too entangled.
    """
    ways = between(site)
    every = flows(site)
    needed = flows_as_matched(target, site, every)
    closed = {each.flow.id: str(each) for each in closed_flows(site, every)}
    found = judge_procedure(site, target, listing, needed, closed)
    question, judged = found.question, found.question.judge
    stages = by_stages(found.checks)
    space = Space()
    opened = openings(space, listing, space.of(needed_boxes(judged, found.flows)), ways)
    notes = [*opened.notes]
    mendable = tuple(flow for flow in found.flows if flow.id not in closed)
    device = device or default_device(site)
    fixes = _every_fix(found, mendable, listing, site, (target, device, text))
    if fixes and (unknown := _unknown_zones(listing, target, device)):
        notes.append(f"{' and '.join(unknown)}: not the device's own names; give them with --zone")
    region = tuple(box for way in ways.values() for box in way)
    unfiltered = filters_nothing(listing, region)
    dead = _faults(listing, region, notes)
    answer = max((stage.answer for stage in stages), key=lambda found: found.rank)
    stage_of = {flow.id: flow.stage for flow in every}
    places = [place for stage in stages for flow in stage.flows for place in flow.unread]
    return CheckReport(
        site=site.site,
        target=target.name,
        answer=Answer.NOT_PROVED if unfiltered else answer,
        except_for=tuple(dict.fromkeys(places)),
        stages=stages,
        fixes=fixes,
        opened=opened.headers,
        needed=judged.space.needed(found.flows).count(),
        exposure=opened.beyond,
        faults=dead,
        findings=(
            *mistakes(question, needed, listing),
            *findings(site, target, listing, stages, keeps_state=judged.keeps_state()),
            *by_helper(passing_by_helper(question, needed)),
            *(Finding(FLOW_LEADS_NOWHERE, each, stage_of[id_]) for id_, each in closed.items()),
        ),
        unread=tuple(dict.fromkeys(map(str, judged.listing.unread))),
        unplaced=listing.unplaced,
        assumed=_assumed(site, listing),
        notes=tuple(notes),
        lines=len(text),
        unfiltered=unfiltered,
        unbound=tuple(UnboundList(ConfigLine(one.place, one.name), one.bind) for one in listing.unbound),
    )


def _unknown_zones(listing: Listing, target: Target, device: Device) -> list[str]:
    """The names in lines to add that the configuration does not have."""
    if target.capability is None or not target.capability.zones:
        return []
    return [zone.name for zone in device.zones if zone.name not in listing.placed]


def _faults(listing: Listing, region: tuple[Box, ...], notes: list[str]) -> tuple[LineFault, ...]:
    try:
        return line_faults(listing, region)
    except BudgetExceeded as exceeded:
        notes.append(f"dead lines were not looked for: {exceeded}")
        return ()


def default_device(site: Site) -> Device:
    """The firewall with its zones under the names that the site gives them."""
    zones = device_zones(site)
    return Device(zones=zones, inside=servers_zone(site, zones))


def _assumed(site: Site, listing: Listing) -> tuple[str, ...]:
    more = ["addresses are not translated between the two zones"] if not listing.translations else []
    if any(firewall.nat for firewall in site.firewalls):
        more = ["addresses are translated as the site says (nat:), which nothing here was compared with"]
    return (*listing.assumed, *more)


def _every_fix(
    found: Procedure,
    mendable: Sequence[Flow],
    listing: Listing,
    site: Site,
    given: tuple[Target, Device, Sequence[str]],
) -> tuple[Fix, ...]:
    own = (_fixes(path.question, path.wanting, path.listing, site, given) for path in found.own)
    return (*_fixes(found.question, mendable, listing, site, given), *(fix for fixes in own for fix in fixes))


def _fixes(
    question: Question,
    needed: Sequence[Flow],
    listing: Listing,
    site: Site,
    given: tuple[Target, Device, Sequence[str]],
) -> tuple[Fix, ...]:
    """One fix for each point at which packets are stopped, in the order of the procedure."""
    target, device, text = given
    at: dict[tuple[str, str], tuple[InsertionPoint, list[Missing]]] = {}
    listing = _of_zones(listing, site)
    for flow in needed:
        for lost in missing(question, flow):
            if lost.rule.reply and not question.tracks(flow):
                continue  # the cure is to have the device follow it, below
            for point in _points(question.judge, lost, (listing, site, text)):
                # Where a rule keeps its own state it is a rule of both ways.
                key = ("", "") if point.chain.state_by_rule else point.key
                at.setdefault(key, (point, []))[1].append(lost)
    out = _tracking(question, needed, target)
    for point, group in at.values():
        if not point.chain.of_rules:
            ids = tuple(dict.fromkeys(lost.flow.id for lost in group))
            out.append(Fix(ids, point.row.id if point.row else point.chain.place, (), _NO_RULE))
            continue
        rules: dict[object, Rule] = {}
        for lost in group:
            rules.setdefault(_tuple(lost), lost.rule)
        ids = tuple(dict.fromkeys(lost.flow.id for lost in group))
        out.append(_fix(ids, target, point, (tuple(rules.values()), device)))
    return tuple(out)


def _fix(
    ids: tuple[str, ...],
    target: Target,
    point: InsertionPoint,
    wanted: tuple[tuple[Rule, ...], Device],
) -> Fix:
    try:
        found = insert_at(target, point, *wanted)
    except InputError as refusal:
        remedy = f" ({refusal.remedy})" if refusal.remedy else ""
        return Fix(ids, point.where, (), f"{refusal}{remedy}")
    return Fix(ids, found.where, found.lines)


def _tracking(question: Question, needed: Sequence[Flow], target: Target) -> list[Fix]:
    """Have the device follow what it would otherwise judge by its rules."""
    lost = [flow for flow in needed if not question.tracks(flow) and missing(question, flow)]
    commands = target.profile.echo
    if not lost or commands is None:
        return []
    return [Fix(tuple(flow.id for flow in lost), commands.where, commands.lines)]


def _tuple(lost: Missing) -> object:
    rule = lost.rule
    return rule.source, rule.destination, rule.protocol, rule.source_ports, rule.destination_ports


def _points(judged: Judge, lost: Missing, given: tuple[Listing, Site, Sequence[str]]) -> list[InsertionPoint]:
    """The first row of each list that stops any lost packet: a permit before it is before them all."""
    listing, site, text = given
    first: dict[str, Share] = {}
    for share in lost.stopped:
        chain = share.chain.place
        known = first.get(chain)
        if (
            known is None
            or known.row is None
            or (share.row and _order(judged, share) < _order(judged, known))
        ):
            first[chain] = share if share.row or known is None else known
    return [
        InsertionPoint(share.chain, share.row, _near(share, lost, listing, site), text)
        for share in first.values()
    ]


def _order(judged: Judge, share: Share) -> int:
    chain = next(chain for chain in judged.listing.chains if chain.place == share.chain.place)
    lists = (chain.rows, *(phase.rows for phase in chain.later))
    found = (n for rows in lists for n, row in enumerate(rows) if row is share.row)
    return next(found, len(chain.rows))


def _of_zones(listing: Listing, site: Site) -> Listing:
    """The listing with those rows alone that packets from one of the zones can meet."""
    inside = packets_between([net for zone in site.zones for net in zone.networks], _ANYWHERE)
    chains = (
        replace(chain, rows=tuple(row for row in chain.rows if in_both(row.boxes, inside)))
        for chain in listing.chains
    )
    return replace(listing, chains=tuple(chains))


def _near(share: Share, lost: Missing, listing: Listing, site: Site) -> Row | None:
    """The last row of the list that packets from the same sources can meet, or from their neighbours."""
    whole = next((chain for chain in listing.chains if chain.place == share.chain.place), None)
    if share.row is not None or whole is None:
        return None
    zones = [zone.networks for zone in site.zones]
    own = next((zone for zone in zones if _within(lost.rule.source, zone)), ())
    around = tuple(net for net in own if _within(lost.rule.source, (net,)))
    for sources in (lost.rule.source, around, own):
        everywhere = packets_between(sources, _ANYWHERE)
        for row in reversed(whole.rows):
            if in_both(row.boxes, everywhere):
                return row
    return None


def _within(inner: Sequence[Network], outer: Sequence[IPv4Network]) -> bool:
    return any(lies_within(net, around) for net in inner for around in outer)
