"""`pytest -p support.interpreted`: the package's own source, whatever of it is compiled."""

import sys
from importlib.abc import PathEntryFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path

import ringfence

PACKAGE = Path(ringfence.__file__).parent
_from_source = FileFinder.path_hook((SourceFileLoader, SOURCE_SUFFIXES))


def _hook(entry: str) -> PathEntryFinder:
    if not Path(entry).is_relative_to(PACKAGE):
        raise ImportError(f"{entry} is not ours")
    return _from_source(entry)


sys.path_hooks.insert(0, _hook)
sys.path_importer_cache.clear()
