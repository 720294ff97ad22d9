"""`ringfence prove [SITE]`: boot handsets through the firewall, prove every rule."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import msgspec

from ringfence.apps.cli.exits import LACKING, NOT_PROVED, OK
from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.needs import needs_given
from ringfence.apps.cli.proving.screen import print_report, print_trace
from ringfence.apps.cli.screen import console, print_json, progress_console, waiting
from ringfence.apps.provenance import provenance_of
from ringfence.drivers.recording import RunRecording
from ringfence.lab.unavailable import LabUnavailable
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy
from ringfence.model.provenance import without_audio
from ringfence.model.site import Site
from ringfence.roles.alone import alone
from ringfence.verify.estate import prove_site
from ringfence.verify.judging import timeline_of
from ringfence.verify.pcaps import write_pcaps
from ringfence.verify.report import NetworkKind, ProofVerdict, Report
from ringfence.verify.testbed import Testbed
from ringfence.verify.testbeds import open_testbeds


@click.command()
@click.argument(
    "site", required=False, help="Site file; - for standard input; default: the built-in branch office."
)
@click.option(
    "--kernel", is_flag=True, help="Require the kernel's firewall: exit status 3 where it is not available."
)
@click.option("--simulated", is_flag=True, help="Use the simulated network only; needs no privilege.")
@click.option("--trunk", is_flag=True, help="Carry the handset's frames with real 802.1Q tags.")
@click.option(
    "--pcap",
    type=click.Path(path_type=Path),
    help="Write captures of both sides of the firewall to this directory.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Write an HTML report for the change ticket to this file.",
)
@click.option("--trace", is_flag=True, help="Print every message as a ladder.")
@click.option(
    "--for",
    "target",
    default="",
    help="Also write the rules for this firewall, read them back and prove them.",
)
@click.option(
    "--widen",
    multiple=True,
    help="With --for: a capability to do without; the rules become wider (repeatable).",
)
@click.option("--json", is_flag=True, help="The whole report as JSON.")
def command(
    site: str | None,
    kernel: bool,
    simulated: bool,
    trunk: bool,
    pcap: Path | None,
    html: Path | None,
    trace: bool,
    target: str,
    widen: tuple[str, ...],
    json: bool,
) -> None:
    """Boot a handset through the firewall with these rules only; prove them enough, needed, nothing more."""
    if kernel and simulated:
        raise InputError("--kernel and --simulated exclude each other", where="prove")
    described = read_site(site)
    needs = needs_given(widen)
    texts = _text_proofs().of_target(described, target, needs) if target else []
    if pcap is not None:
        _writable(pcap)
    report, recordings, without_kernel = _run(described, simulated=simulated, trunk=trunk, kernel=kernel)
    if pcap is not None:
        write_pcaps(pcap, recordings)
    if html is not None:
        seen = timeline_of(alone(described, described.groups[0]), recordings[report.networks[-1]])
        _pages().write_proof(html, described, report, seen)
    if json:
        more = {"texts": texts} if target else {}
        print_json(msgspec.to_builtins(report, enc_hook=str) | more, provenance_of(described))
    else:
        out = console()
        print_report(out, described, report)
        for text in texts:
            _text_proofs().print_text_proof(out, text)
        made = "\n".join((*without_audio(described), str(provenance_of(described))))
        out.print(made, soft_wrap=True)
        if trace:
            print_trace(out, alone(described, described.groups[0]), recordings[report.networks[-1]])
    if without_kernel:
        progress_console().print(f"simulated network only: {without_kernel}", soft_wrap=True)
    if without_kernel and kernel:
        sys.exit(LACKING)
    proved = report.verdict is ProofVerdict.PROVED and all(text.proved for text in texts)
    sys.exit(OK if proved else NOT_PROVED)


def _text_proofs() -> ModuleType:
    """Who has no text proved does not wait for the readers of firewalls."""
    return import_module("ringfence.apps.cli.proving.text")


def _pages() -> ModuleType:
    """Who wants no page does not wait for what makes one."""
    return import_module("ringfence.apps.cli.proving.pages")


def _run(
    site: Site, *, simulated: bool, trunk: bool, kernel: bool
) -> tuple[Report, dict[NetworkKind, RunRecording], str]:
    """The report, and why it lacks the kernel's word (empty when it does not, or was not wanted)."""
    status = waiting("ringfence") if sys.stderr.isatty() else None
    count = 0

    def progress(what: str) -> None:
        nonlocal count
        count += 1
        if status is not None:
            status.update(f"boot {count}: {what}")

    if status is not None:
        status.start()
    try:
        without_kernel = ""
        try:
            opened = partial(_opened, simulated=simulated, trunk=trunk)
            report, recordings = prove_site(site, opened, progress)
        except LabUnavailable as unavailable:
            if kernel:
                raise
            without_kernel = str(unavailable)
            report, recordings = prove_site(site, partial(_opened, simulated=True, trunk=False), progress)
    finally:
        if status is not None:
            status.stop()
    return report, recordings, without_kernel


def _opened(
    site: Site, policies: Mapping[str, Policy], *, simulated: bool, trunk: bool
) -> AbstractContextManager[tuple[Testbed, ...]]:
    return open_testbeds(site, simulated_only=simulated, trunk=trunk, policies=policies)


def _writable(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".ringfence"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(directory)) from None
