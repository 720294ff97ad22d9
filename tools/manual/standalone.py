"""The README's picture: a site as an SVG file that needs no page around it. `make picture` writes it."""

import sys

from manual.proofs import site
from ringfence.apps.report.page import style_sheet
from ringfence.apps.report.site_picture import site_picture
from ringfence.apps.report.site_svg import picture_svg

_COLOURS = """
:root {
  --ink: #1a1d21; --faint: #5b6570; --ground: #f4f5f7; --line: #d5dae0; --bad: #a8180f; --badground: #fdeceb;
  --mono: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; background: #ffffff;
}
"""


def standalone(name: str) -> str:
    """The picture of an example with its own colours, on white."""
    drawn = picture_svg(site_picture(site(name)))
    opening, rest = drawn.split(">", 1)
    opening = opening.replace("class=site", 'xmlns="http://www.w3.org/2000/svg" class="site"')
    style = f"<style>{_COLOURS}{style_sheet('site')}</style>"
    return _quoted(f"{opening}>{style}{rest}") + "\n"


def _quoted(drawn: str) -> str:
    """As XML wants attributes."""
    for name in ("zone", "wall", "shaft", "tip"):
        drawn = drawn.replace(f"class={name} ", f'class="{name}" ')
    return drawn.replace("role=img ", 'role="img" ')


if __name__ == "__main__":
    sys.stdout.write(standalone(sys.argv[1]))
