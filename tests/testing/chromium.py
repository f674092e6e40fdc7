"""A real Chromium without a window, steered through its driver, for pages that lie in a file."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.testing.ports import free_port

_PATIENCE = 30
_A4 = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True}


class Chromium:
    """One browser; a page is opened anew, at a width and for a medium, and asked what became of it."""

    def __init__(self, driver: Chrome) -> None:
        self._driver = driver

    def open(self, page: Path, *, width: int = 1280, phone: bool = False, scheme: str = "light") -> None:
        """Open `page` in a window of `width` pixels; what was logged before is forgotten."""
        self._tell("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=phone)
        self.show("screen", scheme=scheme)
        self._driver.get_log("browser")
        self._driver.get_log("performance")
        self._driver.get(page.as_uri())

    def show(self, medium: str, *, scheme: str = "light") -> None:
        """Show the page as on that medium, `screen` or `print`, to somebody who likes it `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._tell("Emulation.setEmulatedMedia", media=medium, features=features)

    def ask(self, script: str, *words: object) -> Any:
        """Return what the function body `script` returns in the page; `words` are its `arguments`."""
        return self._driver.execute_script(script, *words)  # type: ignore[no-untyped-call]

    def says_something(self) -> bool:
        """Tell whether a window of the page's own is open."""
        try:
            return bool(self._driver.switch_to.alert)
        except NoAlertPresentException:
            return False

    def console(self) -> list[str]:
        """Return what the browser said of the page since it was opened."""
        return [f"{entry['level']}: {entry['message']}" for entry in self._driver.get_log("browser")]

    def requested(self) -> list[str]:
        """Return the addresses that were asked for since the page was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance")]
        return [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]

    def printed(self) -> bytes:
        """Return the page as a PDF on A4."""
        return base64.b64decode(self._tell("Page.printToPDF", **_A4)["data"])

    def picture(self, *, height: int) -> bytes:
        """Return a PNG of the top of the page."""
        width = self.ask("return document.documentElement.clientWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self._tell("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"])

    def _tell(self, command: str, **words: object) -> dict[str, Any]:
        told: dict[str, Any] = self._driver.execute_cdp_cmd(command, words)  # type: ignore[no-untyped-call]
        return told


@contextmanager
def running_chromium(folder: Path) -> Iterator[Chromium]:
    """Start a browser that keeps its things in `folder` and whose only way out is a port that nobody listens at."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert binary, "chromium is missing: run `sh tests/servers.sh`"
    assert driver, "chromedriver is missing: run `sh tests/servers.sh`"
    service = Service(executable_path=driver, env={**os.environ, "HOME": str(folder)})
    started = Chrome(options=_options(binary, folder), service=service)
    started.set_page_load_timeout(_PATIENCE)
    try:
        yield Chromium(started)
    finally:
        started.quit()


def _options(binary: str, folder: Path) -> ChromeOptions:
    options = ChromeOptions()
    options.binary_location = binary
    words = [
        "--headless",
        "--hide-scrollbars",
        "--disable-dev-shm-usage",
        "--force-device-scale-factor=1",
        f"--user-data-dir={folder / 'profile'}",
        f"--proxy-server=127.0.0.1:{free_port()}",
        # Without it this machine itself is asked directly.
        "--proxy-bypass-list=<-loopback>",
    ]
    # The sandbox refuses to be root's.
    for word in [*words, *(["--no-sandbox"] if os.geteuid() == 0 else [])]:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # A page that opens a window is to be seen doing so.
    options.set_capability("unhandledPromptBehavior", "ignore")
    return options
