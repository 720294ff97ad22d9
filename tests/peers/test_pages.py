"""Pages in a browser: no accessibility error, nothing wider than the screen, tables that sort, few sheets."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

pytestmark = pytest.mark.peers
WIDTHS = (400, 800, 1280)
# A proof, one with many zones, one that fails, and a fault in captures.
NAMES = ("branch", "with-media", "blog-as-written", "explained")
OPEN_ALL = "for (const each of document.querySelectorAll('details')) each.open = true"
FOCUSED = 'summary, [tabindex="0"], button'
# Texts that stand on each other.
OVERLAPPING = """
    [...document.querySelectorAll('svg.site text')].some((one, at, every) =>
        every.slice(at + 1).some(other => {
        const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
        return a.left < b.right - 1 && b.left < a.right - 1
            && a.top < b.bottom - 4 && b.top < a.bottom - 4;
    }))
"""


def _ringfence(*arguments: str) -> None:
    command = [sys.executable, "-m", "ringfence", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode in {0, 1}, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name in NAMES[:3]:
        _ringfence("prove", name, "--simulated", "--html", f"{made}/{name}.html", "--pcap", f"{made}/{name}")
    captures = [f"{made}/branch/simulated-{side}.pcap" for side in ("handsets", "servers")]
    _ringfence("explain", *captures, "--html", f"{made}/explained.html")
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """One for all tests; what goes wrong in it fails the test that looks next."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    opened.on("console", _refuse_errors)
    return opened


def _refuse_errors(said: ConsoleMessage) -> None:
    assert said.type != "error", said.text


def _show(page: Page, file: Path, width: int = 1280) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(file.as_uri())


@pytest.mark.parametrize("name", NAMES)
def test_no_accessibility_error_in_light_or_dark(page: Page, folder: Path, name: str) -> None:
    _show(page, folder / f"{name}.html")
    page.evaluate(OPEN_ALL)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="light")


def test_an_accessibility_error_would_be_seen(page: Page, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text('<html lang="en"><title>bad</title><main><h1>bad</h1><button></button></main>')
    _show(page, bad)
    assert Axe().run(page).violations_count == 1


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_the_screen(page: Page, folder: Path, name: str) -> None:
    for width in WIDTHS:
        _show(page, folder / f"{name}.html", width)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        cut = page.evaluate(
            "[...document.querySelectorAll('td, dd, p, h1, h2, h3')].filter(each => "
            "each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline').length"
        )
        assert cut == 0


def test_a_table_sorts_by_mouse_and_by_keyboard(page: Page, folder: Path) -> None:
    _show(page, folder / "branch.html")
    table = page.locator("table", has_text="permits").first
    first, button = (
        table.locator("tbody tr td:first-child"),
        table.get_by_role("button", name="rule", exact=True),
    )
    own = first.all_text_contents()
    button.click()
    assert first.all_text_contents() == sorted(own) != own
    assert table.locator("th").first.get_attribute("aria-sort") == "ascending"
    button.press("Enter")
    assert first.all_text_contents() == sorted(own, reverse=True)
    button.press("Enter")
    assert first.all_text_contents() == own


def test_everything_that_takes_the_focus_can_be_reached_by_keys(page: Page, folder: Path) -> None:
    _show(page, folder / "explained.html", 800)
    page.evaluate("window.met = new Set()")
    for _ in range(page.locator(FOCUSED).count() + 1):
        page.keyboard.press("Tab")
        page.evaluate("window.met.add(document.activeElement)")
    missed = page.evaluate(
        f"[...document.querySelectorAll('{FOCUSED}')]"
        ".filter(each => each.checkVisibility() && !window.met.has(each)).length"
    )
    assert missed == 0


def test_the_proof_of_a_branch_prints_on_six_sheets(page: Page, folder: Path) -> None:
    _show(page, folder / "branch.html", 800)
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    sheets = printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ")
    assert 1 < sheets <= 6


@pytest.mark.parametrize(("name", "zones"), [("branch", 2), ("with-media", 4)])
def test_the_site_is_drawn_with_every_zone(page: Page, folder: Path, name: str, zones: int) -> None:
    _show(page, folder / f"{name}.html")
    assert page.locator("svg.site rect.zone").count() == zones
    assert not page.evaluate(OVERLAPPING)
