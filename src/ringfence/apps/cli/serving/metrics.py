"""Prometheus's text format, version 0.0.4: what a serve holds and has done."""

import resource
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from ringfence import __version__
from ringfence.apps.cli.serving.status import Holdings, open_descriptors, resident_octets

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_Labels: TypeAlias = Mapping[str, str]


def metrics(holdings: Holdings) -> str:
    """Every metric with its HELP and TYPE."""
    observed, gatekeeper = holdings.observed, holdings.gatekeeper
    leases: dict[str, int] = {}
    for record in holdings.leases:
        leases[record.state] = leases.get(record.state, 0) + 1
    families = [
        _family("ringfence_info", "gauge", "The version.", [({"version": __version__}, 1)]),
        _one("ringfence_healthy", "gauge", "1: everything that is granted is kept.", int(holdings.healthy)),
        _one(
            "ringfence_registrations",
            "gauge",
            "Endpoints that are registered.",
            len(gatekeeper.registrations) if gatekeeper else 0,
        ),
        _one("ringfence_calls", "gauge", "Calls under way.", gatekeeper.calls if gatekeeper else 0),
        _labelled("ringfence_leases", "gauge", "Addresses, by state.", "state", leases),
        _one("ringfence_connections", "gauge", "TCP connections.", len(observed.connections)),
        _one(
            "ringfence_datagrams_received_total",
            "counter",
            "Datagrams that were read.",
            observed.datagrams_received,
        ),
        _labelled(
            "ringfence_ras_sent_total", "counter", "RAS messages sent.", "message", observed.ras_answers
        ),
        _labelled(
            "ringfence_dhcp_sent_total", "counter", "DHCP messages sent.", "message", observed.dhcp_answers
        ),
        _labelled(
            "ringfence_file_answers_total",
            "counter",
            "HTTP answers.",
            "status",
            {str(status): count for status, count in holdings.files_served.items()},
        ),
        _one("ringfence_file_octets_total", "counter", "Octets of files on disk sent.", observed.octets_sent),
        _labelled("ringfence_findings_total", "counter", "Findings, by code.", "code", observed.findings),
        *_process(observed.started),
    ]
    return "".join(families)


def _process(started: float) -> Iterable[str]:
    """By the names that Prometheus's own clients have for them."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield _one(
        "process_cpu_seconds_total", "counter", "Processor time in seconds.", used.ru_utime + used.ru_stime
    )
    yield _one("process_start_time_seconds", "gauge", "Start, in seconds since 1970.", started)
    yield _one("process_max_fds", "gauge", "Most descriptors.", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    descriptors, memory = open_descriptors(), resident_octets()
    if descriptors is not None:
        yield _one("process_open_fds", "gauge", "Open descriptors.", descriptors)
    if memory is not None:
        yield _one("process_resident_memory_bytes", "gauge", "Resident memory.", memory)


def _one(name: str, kind: str, words: str, value: float) -> str:
    return _family(name, kind, words, [({}, value)])


def _labelled(name: str, kind: str, words: str, label: str, values: Mapping[str, float]) -> str:
    return _family(name, kind, words, [({label: key}, value) for key, value in sorted(values.items())])


def _family(name: str, kind: str, words: str, samples: Iterable[tuple[_Labels, float]]) -> str:
    lines = [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        shown = ",".join(f'{key}="{_escaped(word)}"' for key, word in labels.items())
        lines.append(f"{name}{{{shown}}} {value:.15g}" if shown else f"{name} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
