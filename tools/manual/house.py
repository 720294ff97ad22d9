"""The house, drawn from the import contract that holds it."""

import tomllib
from html import escape
from pathlib import Path

import ringfence

_ROOT = Path(ringfence.__file__).parents[2]
_CONTRACT = "Imports point one way"
_WIDTH, _FLOOR, _GAP = 720, 44, 10


def drawn() -> str:
    """A floor for each layer, the highest on top, with what each room says of itself."""
    floors = [[room.strip() for room in layer.split("|")] for layer in _layers()]
    height = len(floors) * (_FLOOR + _GAP)
    parts = [
        f'<svg class="house" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-label="The packages of ringfence, each importing only from those below">'
    ]
    for number, rooms in enumerate(floors):
        y = number * (_FLOOR + _GAP)
        width = (_WIDTH - _GAP * (len(rooms) - 1)) / len(rooms)
        for at, room in enumerate(rooms):
            x = at * (width + _GAP)
            parts.append(
                f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="{_FLOOR}" rx="4"/>'
                f'<text x="{x + width / 2:.0f}" y="{y + 27}" text-anchor="middle">{escape(room)}</text>'
            )
    parts.append("</svg>\n\n")
    said = "\n".join(f"- `{room}`: {_says(room)}" for rooms in floors for room in rooms)
    return "".join(parts) + said + "\n"


def _layers() -> list[str]:
    configured = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = configured["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(each["layers"] for each in contracts if each["name"] == _CONTRACT)
    return layers


def _says(room: str) -> str:
    """The first line of what the package says of itself."""
    source = _ROOT / "src" / "ringfence" / room / "__init__.py"
    return source.read_text(encoding="utf-8").split('"""')[1].split("\n")[0]


def decisions() -> str:
    """A line for each, by its own title."""
    files = sorted(_ROOT.joinpath("docs", "decisions").glob("*.md"))
    titles = [file.read_text(encoding="utf-8").splitlines()[0].lstrip("# ") for file in files]
    return "".join(
        f"- [{title}](../decisions/{file.name})\n" for file, title in zip(files, titles, strict=True)
    )
