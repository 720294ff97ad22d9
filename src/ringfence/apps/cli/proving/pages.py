"""The page of a proof."""

from pathlib import Path

from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.page import write_page
from ringfence.apps.report.proved import proof_document
from ringfence.diagnosis.timeline import HandsetTimeline
from ringfence.model.site import Site
from ringfence.verify.report import Report


def write_proof(path: Path, site: Site, report: Report, seen: HandsetTimeline | None) -> None:
    """InputError when the file cannot be written."""
    write_page(path, proof_document(site, report, seen, provenance_of(site)))
