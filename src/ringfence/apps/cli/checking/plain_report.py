"""A report without what a configuration's comments could do to a terminal, or to the reader of a file."""

from typing import TypeVar

import msgspec

from ringfence.check.packet_path import PacketPath
from ringfence.check.report import CheckReport, DiffReport
from ringfence.model.catalogue import decode_code
from ringfence.model.printable import printable

_T = TypeVar("_T", CheckReport, DiffReport, PacketPath)


def plain_report(report: _T) -> _T:
    """The same with an escape for every character that is not printable."""
    values = _cleaned(msgspec.to_builtins(report, enc_hook=str))
    cleaned: _T = msgspec.convert(values, type(report), dec_hook=decode_code)
    return cleaned


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _cleaned(inner) for key, inner in value.items()}
    return [_cleaned(inner) for inner in value] if isinstance(value, list | tuple) else value
