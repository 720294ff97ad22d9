"""What MkDocs calls to build the manual: `<!-- make: NAME ARGUMENTS -->` becomes what the program says.

Run with this folder on PYTHONPATH, as the Makefile does.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from manual.makers import MAKERS, make
from ringfence.apps.cli.documents.schemas import schema_of
from ringfence.apps.cli.documents.shapes import SHAPES
from ringfence.apps.cli.screen import json_octets
from ringfence.apps.report.page import style_sheet

_MADE = re.compile(r"^<!-- make: ([\w-]+)((?: [\w./-]+)*) -->$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Pages at the top of the folder that the navigation does not name are how-to pages."""
    assert config.nav is not None, "mkdocs.yml has a nav"
    named = repr(config.nav)
    how_to = next(each["How to"] for each in config.nav if "How to" in each)
    how_to += [path.name for path in sorted(Path(config.docs_dir).glob("*.md")) if path.name not in named]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Ladders are drawn as those of the pages of a proof; schemas can be downloaded."""
    files.append(File.generated(config, "assets/ladder.css", content=style_sheet("ladder")))
    for verb in SHAPES:
        schema = json_octets(schema_of(verb))
        files.append(File.generated(config, f"reference/schemas/{verb}.json", content=schema))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    def made(asked: re.Match[str]) -> str:
        name, arguments = asked[1], asked[2].split()
        if name not in MAKERS:
            raise PluginError(f"{page.file.src_path}: nothing makes {name!r}; there are {', '.join(MAKERS)}")
        return make(name, arguments)

    written = _MADE.sub(made, markdown)
    if re.search(r"^<!-- make", written, re.MULTILINE):
        raise PluginError(
            f"{page.file.src_path}: a comment that begins with make has another form than asked for"
        )
    return written
