"""The manual builds without a warning, and its pages have no accessibility error and fit small screens."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.peers
ROOT = Path(__file__).parents[2]
# One of each kind: text, ladders and tables, console blocks, generated tables, a drawing.
PAGES = tuple(
    f"{name}index"
    for name in ("", "process/address/", "how-to/discover/", "reference/verbs/", "contributing/")
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("manual")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", made],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}/tools", "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return made


def test_every_page_asked_for_is_there(site: Path) -> None:
    assert (site / "reference" / "schemas" / "prove.json").exists()
    assert "class=ladder" in (site / "process" / "address" / "index.html").read_text()


def test_pages_have_no_accessibility_error_and_fit(site: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name in PAGES:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto((site / f"{name}.html").as_uri())
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"
            page.set_viewport_size({"width": 400, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= 400, name
        browser.close()
    assert {url for url in asked if not url.startswith(("file:", "data:", "blob:"))} == set()
