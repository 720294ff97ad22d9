"""`ringfence flows SITE`: every flow of the procedure, who opens it, and how we know."""

from collections.abc import Sequence
from typing import TypedDict

import click

from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.screen import Screen, console, print_json, table
from ringfence.apps.provenance import provenance_of
from ringfence.model.flow import Basis, Evidence, Flow
from ringfence.model.own_traffic import OwnTraffic, own_traffic
from ringfence.model.provenance import without_audio
from ringfence.model.registration import flows
from ringfence.model.stage import BESIDE_REGISTRATION, Stage
from ringfence.policy.words import networks_words


@click.command()
@click.argument(
    "site", required=False, help="Site file; - for standard input; default: the built-in branch office."
)
@click.option("--json", is_flag=True, help="The table as JSON.")
def command(
    site: str | None,
    json: bool,
) -> None:
    """Print every flow from power-up to registered and kept alive, with its evidence."""
    described = read_site(site)
    found = flows(described)
    if json:
        document: FlowsDocument = {"flows": [flow_as_data(flow) for flow in found]}
        print_json(document, provenance_of(described))
        return
    out = console()
    out.print(f"{described.site}: {len(found)} flows cross the firewall (left opens, right answers)\n")
    print_flows(out, found)
    made = "\n".join((*without_audio(described), str(provenance_of(described))))
    out.print(made, soft_wrap=True)
    print_own_traffic(out, own_traffic(described))


def print_flows(out: Screen, found: tuple[Flow, ...]) -> None:
    """The flows as a table, media and services each apart, and what each is known from."""
    for stages, title in _TABLES:
        part = [flow for flow in found if flow.stage in stages]
        if part:
            out.print(title, end="", style="bold")
            _print_table(out, part)
            out.print()
    for flow in found:
        out.print(f"{flow.id}", style="bold")
        for basis in flow.basis:
            out.print(f"  {basis.kind}: {basis.citation}", soft_wrap=True)


# What the post left for later ("monitoring and encryption", "RTP media") stands apart.
_TABLES = (
    (frozenset(Stage) - BESIDE_REGISTRATION, ""),
    (frozenset({Stage.MEDIA}), "audio\n"),
    (frozenset({Stage.SERVICES}), "monitoring and management\n"),
)


def _print_table(out: Screen, found: Sequence[Flow]) -> None:
    rows = [
        (
            flow.stage.value,
            flow.id,
            str(flow.initiator),
            f"{networks_words(flow.initiator.networks)} {ports(flow, 'initiator')}".rstrip(),
            "->",
            str(flow.responder),
            f"{networks_words(flow.responder.networks)} {ports(flow, 'responder')}".rstrip(),
            flow.dialogue,
        )
        for flow in found
    ]
    headings = ("stage", "flow", "opened by", "from", "", "towards", "to", "what travels")
    out.print(table(headings, rows, wrap="what travels"))


def print_own_traffic(out: Screen, found: tuple[OwnTraffic, ...]) -> None:
    """What a firewall sends and receives itself: a rule where it filters its own traffic, none elsewhere."""
    for each in found:
        way = "out of" if each.outward else "into"
        flow = each.flow
        ends = (
            f"{networks_words(flow.initiator.networks)}:{flow.initiator_ports}"
            f" -> {networks_words(flow.responder.networks)}:{flow.responder_ports}"
        )
        out.print(f"own: {way} {each.firewall}: udp {ends} ({flow.dialogue})", soft_wrap=True)


def ports(flow: Flow, side: str) -> str:
    """`udp 49300` of one end of the flow; for ICMP the type, on the initiator's side only."""
    if flow.icmp_type is not None:
        return f"{flow.protocol.word} type {flow.icmp_type}" if side == "initiator" else ""
    chosen = flow.initiator_ports if side == "initiator" else flow.responder_ports
    return f"{flow.protocol.word} {chosen}"


class BasisDocument(TypedDict):
    """What a statement about the wire is known from."""

    kind: Evidence
    citation: str


class EndDocument(TypedDict):
    """`ports` is null for ICMP."""

    role: str
    label: str
    networks: list[str]
    ports: str | None


class FlowDocument(TypedDict):
    """The first packet's direction; answers pass by state."""

    id: str
    stage: Stage
    protocol: str
    initiator: EndDocument
    responder: EndDocument
    icmp_type: int | None
    dialogue: str
    basis: list[BasisDocument]


class FlowsDocument(TypedDict):
    flows: list[FlowDocument]


def basis_as_data(basis: Basis) -> BasisDocument:
    return {"kind": basis.kind, "citation": basis.citation}


def flow_as_data(flow: Flow) -> FlowDocument:
    """The flow for JSON."""
    return {
        "id": flow.id,
        "stage": flow.stage,
        "protocol": flow.protocol.word,
        "initiator": _end(flow, "initiator"),
        "responder": _end(flow, "responder"),
        "icmp_type": flow.icmp_type,
        "dialogue": flow.dialogue,
        "basis": [basis_as_data(each) for each in flow.basis],
    }


def _end(flow: Flow, side: str) -> EndDocument:
    party = flow.initiator if side == "initiator" else flow.responder
    chosen = flow.initiator_ports if side == "initiator" else flow.responder_ports
    return {
        "role": party.role.value,
        "label": party.label,
        "networks": [str(network) for network in party.networks],
        "ports": None if flow.icmp_type is not None else str(chosen),
    }
