"""Which shapes the document of each verb has. Imported only by who wants a schema: it imports all of them."""

from typing import Any

from ringfence.actors.journal import JournalLine
from ringfence.apps.cli.check import ChecksDocument, DiffDocument, PathsDocument
from ringfence.apps.cli.decode import DecodedDocument
from ringfence.apps.cli.dhcp import DhcpDocument
from ringfence.apps.cli.explaining.many import ManyDocument
from ringfence.apps.cli.explaining.result import ExplainDocument
from ringfence.apps.cli.flows import FlowsDocument
from ringfence.apps.cli.learn import LearnedDocument
from ringfence.apps.cli.option import OptionDocument
from ringfence.apps.cli.phoning.results import PhonesDocument
from ringfence.apps.cli.proving.text import TextProof
from ringfence.apps.cli.serving.status import Status
from ringfence.apps.cli.simulate import SimulationDocument, SweepDocument
from ringfence.apps.cli.walk import WalkDocument
from ringfence.apps.cli.why import FindingDocument, ListDocument, MeantDocument
from ringfence.check.completion import Completed
from ringfence.check.packet_path import PacketPath
from ringfence.check.report import CheckReport
from ringfence.firewalls.common.document import Rendered
from ringfence.verify.report import Report


class ProofDocument(Report, frozen=True):
    """`texts` with --for alone."""

    texts: tuple[TextProof, ...] = ()


# These print lines, and every line is a document.
BY_LINES = frozenset({"serve", "status"})

# Every document but those of `BY_LINES` has `made` beside its own fields.
SHAPES: dict[str, tuple[Any, ...]] = {
    "prove": (ProofDocument,),
    "serve": (JournalLine,),
    "status": (Status,),
    "phone": (PhonesDocument,),
    "walk": (WalkDocument,),
    "simulate": (SimulationDocument, SweepDocument),
    "check": (CheckReport, DiffDocument, ChecksDocument, PacketPath, PathsDocument),
    "explain": (ExplainDocument, ManyDocument),
    "learn": (LearnedDocument,),
    "flows": (FlowsDocument,),
    "rules": (Rendered, Completed),
    "dhcp": (DhcpDocument,),
    "option": (OptionDocument,),
    "decode": (DecodedDocument,),
    "why": (ListDocument, MeantDocument, FindingDocument),
}
