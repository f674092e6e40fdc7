"""The `junit` report: one test case for each file with findings, one failure for each finding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO
from xml.etree import ElementTree

from scanner.model import Finding, ScanError, ScanResult
from scanner.reports.programs import explanation, judgement
from scanner.reports.summary import value_text
from strongroom.kernel.inert import inert

_CLASS = "strongroom.scan"


def write_junit(result: ScanResult, stream: TextIO, *, show_secrets: bool = False) -> None:
    """Write the findings of `result` that nothing suppresses to `stream` as JUnit XML; unread input is an error.

    A clean run is one case that passed: consumers take a suite without cases for a run that did not happen.
    """
    shown = result.open_findings
    paths = list(dict.fromkeys([*(finding.path for finding in shown), *(error.path for error in result.errors)]))
    counts = {
        "tests": str(len(paths) or 1),
        "failures": str(len(shown)),
        "errors": str(len(result.errors)),
        "time": f"{result.stats.seconds:.3f}",
    }
    suites = ElementTree.Element("testsuites", {"name": "strongroom", **counts})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": _CLASS, "skipped": "0", **counts})
    for path in paths:
        case = _case(suite, inert(path))
        _add_failures(case, [each for each in shown if each.path == path], show_secrets=show_secrets)
        _add_errors(case, [error for error in result.errors if error.path == path])
    if not paths:
        _case(suite, "no credentials found")
    ElementTree.indent(suites)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(ElementTree.tostring(suites, encoding="unicode") + "\n")


def _case(suite: ElementTree.Element, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", {"classname": _CLASS, "name": name, "time": "0"})


def _add_failures(case: ElementTree.Element, findings: Sequence[Finding], *, show_secrets: bool) -> None:
    for finding in findings:
        region = finding.region
        place = f"{inert(finding.path)}:{region.start_line}:{region.start_column}"
        message = f"{finding.rule_name} at line {region.start_line} ({judgement(finding)})"
        failure = ElementTree.SubElement(case, "failure", {"type": finding.rule_id, "message": message})
        value = inert(value_text(finding, show_secrets=show_secrets))
        failure.text = f"{place}: {value}\n{explanation(finding)}\nid {finding.fingerprint}"


def _add_errors(case: ElementTree.Element, errors: Sequence[ScanError]) -> None:
    for error in errors:
        ElementTree.SubElement(case, "error", {"type": "input-not-read", "message": inert(error.message)})
