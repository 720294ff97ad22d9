"""`ringfence simulate [SITE]`: power returns to thousands of phones, in virtual time."""

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import msgspec

from ringfence.apps.cli.exits import NOT_PROVED, OK
from ringfence.apps.cli.files.site_input import read_site
from ringfence.apps.cli.screen import console, print_json, table, waiting
from ringfence.apps.cli.simulating import words
from ringfence.apps.cli.simulating.files import Varied, scenarios
from ringfence.apps.cli.simulating.running import Run, run_all
from ringfence.apps.provenance import provenance_of
from ringfence.apps.report.simulated import (
    QUANTILES,
    QUEUES,
    broken_lines,
    duration,
    fact_lines,
    notes,
    quantile_rows,
    queue_rows,
    simulated_document,
    verdict,
    well,
    write_csv,
    write_samples,
)
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.roles.alone import alone
from ringfence.simulation.outcome import Found
from ringfence.simulation.scenario import Capacity, Scenario, checked_scenario


class SimulationDocument(Found, frozen=True, kw_only=True):
    """`warnings`: sentences about what was asked for."""

    scenario: Scenario
    warnings: list[str]


class SweptDocument(SimulationDocument, frozen=True, kw_only=True):
    """`chosen`: what this run has of the lists of the file, by key."""

    chosen: dict[str, str]


class SweepDocument(msgspec.Struct, frozen=True):
    """A run for each combination of the lists."""

    runs: list[SweptDocument]


@dataclass(frozen=True, slots=True)
class _Outputs:
    json: bool
    csv: Path | None
    html: Path | None


@click.command()
@click.argument(
    "site", required=False, help="Site file; - for standard input; default: the built-in branch office."
)
@click.option("--phones", help="How many get power, over all groups of the site [default: 100].")
@click.option("--within", help="Power returns to all of them within this time [default: 60s].")
@click.option("--until", help="Watch for this long [default: until all can be called, an hour at most].")
@click.option("--seed", help="Another number is another run [default: 1].")
@click.option("--states", help="Connections that each firewall remembers at most [default: 262144].")
@click.option(
    "--cable",
    "cables",
    multiple=True,
    help="phones|uplink|servers|dhcp|dns|files|gatekeeper=loss 1%, delay 20ms, spread 5ms, doubled 0.1% "
    "(repeatable).",
)
@click.option(
    "--server",
    "servers",
    multiple=True,
    help="dhcp|dns|files|gatekeeper or an address=service 2ms, workers 2, waiting 500; or =measured: as long "
    "as ringfence's own take here (repeatable).",
)
@click.option(
    "--fail",
    "failures",
    multiple=True,
    help="'gatekeeper 1 dies at 30s for 60s'; also unreachable, restarts (a firewall), reboot (phones) "
    "(repeatable).",
)
@click.option(
    "--sweep",
    type=click.Path(path_type=Path),
    help="A YAML file of scenarios instead: keys as the flags, lists under `sweep`.",
)
@click.option("--workers", default=0, help="Processes [default: 1; with --sweep one for each processor].")
@click.option("--scheduler", default="", help="Address of a Dask scheduler whose workers do the sweep.")
@click.option("--csv", type=click.Path(path_type=Path), help="Write the course (or the sweep) to this file.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with charts to this file.")
@click.option("--json", is_flag=True, help="Everything as JSON.")
def command(
    site: str | None,
    phones: str | None,
    within: str | None,
    until: str | None,
    seed: str | None,
    states: str | None,
    cables: tuple[str, ...],
    servers: tuple[str, ...],
    failures: tuple[str, ...],
    sweep: Path | None,
    workers: int,
    scheduler: str,
    csv: Path | None,
    html: Path | None,
    json: bool,
) -> None:
    """Let power return to thousands of phones of a site, in virtual time: when can everybody call?"""
    described = read_site(site)
    outputs = _Outputs(json, csv, html)
    given = (phones, within, until, seed, states, *cables, *servers, *failures)
    if sweep is not None:
        if any(each is not None for each in given) or html is not None:
            raise InputError("--sweep takes the scenario from its file", where="simulate")
        sys.exit(
            _sweep(described, scenarios(sweep), sweep, workers or os.cpu_count() or 1, scheduler, outputs)
        )
    if scheduler:
        raise InputError("a cluster runs sweeps", where="--scheduler", remedy="add --sweep FILE")
    numbers = {"phones": phones, "seed": seed, "states": states}
    times = {"within": within, "until": until}
    capacities = words.read_pairs(servers, "--server")
    changed: dict[str, Any] = {
        **{key: words.read_number(text, f"--{key}") for key, text in numbers.items() if text is not None},
        **{key: words.read_seconds(text, f"--{key}") for key, text in times.items() if text is not None},
    }
    scenario = Scenario(
        **changed,
        cables={
            key: words.read_cable(text, "--cable")
            for key, text in words.read_pairs(cables, "--cable").items()
        },
        servers={
            key: words.read_capacity(text, "--server")
            for key, text in capacities.items()
            if text.strip() != words.MEASURED
        },
        happenings=tuple(words.read_failure(each, "--fail") for each in failures),
    )
    measured = tuple(key for key, text in capacities.items() if text.strip() == words.MEASURED)
    sys.exit(_one(described, Varied({}, scenario, measured), max(1, workers), outputs))


def _one(site: Site, wanted: Varied, workers: int, outputs: _Outputs) -> int:
    scenario = _complete(site, wanted, "simulate", {})
    [run] = _watched(site, [scenario], workers, "")
    found, warnings = run.found, run.warnings
    if outputs.csv is not None:
        write_samples(outputs.csv, found)
    made = provenance_of(site)
    if outputs.html is not None:
        write_page = import_module("ringfence.apps.report.page").write_page
        write_page(outputs.html, simulated_document(site.site, scenario, found, warnings, made))
    if outputs.json:
        document = SimulationDocument(scenario=scenario, warnings=warnings, **msgspec.structs.asdict(found))
        print_json(document, made)
        return OK if well(found) else NOT_PROVED
    out = console()
    out.print(verdict(found), style="bold green" if well(found) else "bold red", soft_wrap=True)
    out.print()
    out.print(table(QUANTILES, quantile_rows(found)))
    if found.queues:
        out.print()
        out.print(table(QUEUES, queue_rows(found)))
    out.print()
    for line in fact_lines(found):
        out.print(line, soft_wrap=True)
    if broken := broken_lines(found):
        out.print("\nwhat went wrong first", soft_wrap=True)
        for line in broken:
            out.print(line, soft_wrap=True)
    out.print()
    for line in (*warnings, *notes(found), str(made)):
        out.print(line, soft_wrap=True)
    return OK if well(found) else NOT_PROVED


def _sweep(
    site: Site, varied: list[Varied], path: Path, workers: int, scheduler: str, outputs: _Outputs
) -> int:
    measured: dict[tuple[str, ...], dict[str, Capacity]] = {}
    complete = [_complete(site, each, str(path), measured) for each in varied]
    runs = _watched(site, complete, workers, scheduler)
    keys = list(varied[0].chosen)
    headings = (
        *keys,
        "can be called",
        "everybody after",
        "99 % after",
        "lost",
        "peak states",
        "first went wrong",
    )
    rows = []
    for each, run in zip(varied, runs, strict=True):
        found = run.found
        first = found.broken[0].what if found.broken else ""
        peak = max(found.peak_states.values(), default=0)
        last = (
            duration(found.everybody),
            duration(found.can_be_called.p99),
            str(found.lost),
            str(peak),
            first,
        )
        rows.append((*each.chosen.values(), f"{found.ready} of {found.phones}", *last))
    if outputs.csv is not None:
        write_csv(outputs.csv, headings, rows)
    if outputs.json:
        shown = [
            SweptDocument(
                chosen=each.chosen,
                scenario=scenario,
                warnings=run.warnings,
                **msgspec.structs.asdict(run.found),
            )
            for each, scenario, run in zip(varied, complete, runs, strict=True)
        ]
        print_json(SweepDocument(shown), provenance_of(site))
    else:
        console().print(table(headings, rows))
        for line in dict.fromkeys(line for run in runs for line in (*run.warnings, *notes(run.found))):
            console().print(line, soft_wrap=True)
    return OK if all(well(run.found) for run in runs) else NOT_PROVED


def _complete(
    site: Site, wanted: Varied, where: str, known: dict[tuple[str, ...], dict[str, Capacity]]
) -> Scenario:
    """The scenario with the capacities that were to be measured, once for all that want the same."""
    scenario = checked_scenario(wanted.scenario, where)
    if not wanted.measured:
        return scenario
    found = known.get(wanted.measured)
    if found is None:
        measured = import_module("ringfence.simulation.measured").measured
        found = known[wanted.measured] = measured(alone(site, site.groups[0]), wanted.measured)
    return msgspec.structs.replace(scenario, servers={**scenario.servers, **found})


def _watched(site: Site, wanted: list[Scenario], workers: int, scheduler: str) -> list[Run]:
    """Run them, with a line on a terminal that says how far they are."""
    if not sys.stderr.isatty():
        return run_all(site, wanted, workers, scheduler, lambda _said: None)
    with waiting("ringfence") as status:
        return run_all(site, wanted, workers, scheduler, status.update)
