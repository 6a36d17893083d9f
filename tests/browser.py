"""The browser of the journeys: an installed Chromium, else Playwright's own, else the system's package.

``python -m tests.browser`` makes sure that there is one.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed_chromium() -> str | None:
    """What to give to Playwright's ``launch(executable_path=…)``; None stands for Playwright's own browser."""
    found = (shutil.which(name) for name in NAMES)
    return next((program for program in found if program and _answers(program)), None)


def make_sure_of_a_browser() -> None:
    if installed_chromium() or _playwright_has_one():
        return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if _playwright_has_one():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=False)
    if not installed_chromium():
        sys.exit("The journeys need a browser: install Chromium with your system's package manager, then try again.")


def _answers(program: str) -> bool:
    """Some systems put a mere signpost to a package under the browser's name."""
    return subprocess.run([program, "--version"], capture_output=True).returncode == 0


def _playwright_has_one() -> bool:
    with sync_playwright() as playwright:
        try:
            playwright.chromium.launch().close()
        except Error:
            return False
    return True


if __name__ == "__main__":
    make_sure_of_a_browser()
