"""The result of `check` as JUnit XML: a suite for each configuration, a test case for each flow.

The form that Jenkins and GitLab read: testsuites, testsuite, testcase with `failure` (the
flow is blocked) or `error` (nothing is proved of it). What fails the run and is about no flow is a case of
its own; all the rest is the suite's output.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from ringfence.apps.cli.checking.leg import Leg
from ringfence.check.outcomes import Outcome, fails
from ringfence.model.findings import Severity
from ringfence.model.findings.policy import FLOW_BLOCKED, FLOW_NOT_PROVED

_OF_FLOWS = frozenset({FLOW_BLOCKED, FLOW_NOT_PROVED})


def junit(legs: Sequence[Leg], least: Severity | None) -> str:
    """`least` is the severity from which on a finding fails; None: the verdict alone counts."""
    suites = Element("testsuites", name="ringfence check")
    for leg in legs:
        _suite(suites, leg, least)
    for key in ("tests", "failures", "errors"):
        suites.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    return tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(suites: Element, leg: Leg, least: Severity | None) -> None:
    suite = SubElement(suites, "testsuite", name=str(leg))
    facts = {"target": leg.report.target, "sha256": leg.report.sha256, "site": leg.report.site}
    properties = SubElement(suite, "properties")
    for name, value in facts.items():
        SubElement(properties, "property", name=name, value=value)
    found = {outcome.flow: outcome for outcome in leg.outcomes if outcome.code in _OF_FLOWS}
    for stage in leg.report.stages:
        for flow in stage.flows:
            _case(suite, f"{leg.file}.{stage.stage}", flow.id, found.get(flow.id))
    others = [outcome for outcome in leg.outcomes if outcome.code not in _OF_FLOWS]
    for outcome in others:
        if fails(outcome, least):
            _case(suite, leg.file, outcome.code, outcome)
    told = [_line(outcome) for outcome in others if not fails(outcome, least)]
    if told:
        SubElement(suite, "system-out").text = "\n".join(told)
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))


def _case(suite: Element, group: str, name: str, outcome: Outcome | None) -> None:
    case = SubElement(suite, "testcase", classname=group, name=name)
    if outcome is None:
        return
    kind = "error" if outcome.code == FLOW_NOT_PROVED else "failure"
    failed = SubElement(case, kind, type=str(outcome.code), message=outcome.sentence)
    places = "\n".join(map(str, outcome.lines))
    failed.text = f"{outcome.sentence}\n{places}\n{outcome.code.check_first}"


def _line(outcome: Outcome) -> str:
    at = f"{outcome.lines[0].place}: " if outcome.lines else ""
    return f"{outcome.code.severity} {outcome.code}: {at}{outcome.sentence}"
