"""A real Chromium, driven by its own debugging protocol over a pipe: no driver, no library.

`--remote-debugging-pipe` reads commands from file descriptor 3 and answers on 4, each a JSON text
that ends with a zero byte. Clicks and keys are input events, as from a mouse and a keyboard.
"""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 20
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    # Pages come from a test of our own; as root the sandbox cannot start.
    "--no-sandbox",
)
# The protocol wants descriptors 3 and 4; ours are moved there out of each other's way.
AS_3_AND_4 = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for place, end in zip((3, 4), ends):
    os.dup2(end, place)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium() -> str | None:
    """Where Chromium is on this machine, if it is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One browser with one tab, as wide as a phone, and with scripts switched off."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._buffer = b""
        self._events: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)
        self._session = ""
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        attached = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.do("Page.enable")
        self.do("DOM.enable")
        self.do("Log.enable")
        self.do("Emulation.setScriptExecutionDisabled", value=True)
        self.width(390)

    def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Run one command of the protocol."""
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self._read()
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                result: dict[str, Any] = message["result"]
                return result
            self._events.append(message)

    def width(self, pixels: int, height: int = 844) -> None:
        """Be a screen of this width."""
        phone = {"deviceScaleFactor": 2, "mobile": pixels < 600}
        self.do("Emulation.setDeviceMetricsOverride", width=pixels, height=height, **phone)

    def open(self, url: str) -> None:
        """Go to a page and wait until it is there."""
        self._events.clear()
        self.do("Page.navigate", url=url)
        self._wait_for("Page.loadEventFired")

    def click(self, selector: str, *, leads_on: bool = False, times: int = 1) -> None:
        """Click in the middle of an element; wait for the next page if it leads to one."""
        self._events.clear()
        node = self.node(selector)
        self.do("DOM.scrollIntoViewIfNeeded", nodeId=node)
        quad = self.do("DOM.getBoxModel", nodeId=node)["model"]["content"]
        at = {"x": (quad[0] + quad[4]) / 2, "y": (quad[1] + quad[5]) / 2}
        for count in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                mouse = {"type": kind, "button": "left", "clickCount": count, **at}
                self.do("Input.dispatchMouseEvent", **mouse)
        if leads_on:
            self._wait_for("Page.loadEventFired")

    def type(self, selector: str, text: str) -> None:
        """Put the focus on an element and type."""
        self.do("DOM.focus", nodeId=self.node(selector))
        self.do("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Press one key, such as Tab or Enter."""
        code = {"Tab": 9, "Enter": 13, " ": 32}[key]
        text = {"Enter": "\r", " ": " "}.get(key, "")
        down = {"type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "text": text}
        self.do("Input.dispatchKeyEvent", **down)
        self.do("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def text(self, selector: str) -> str:
        """The HTML of an element without its tags' insides mattering: for looking things up."""
        html: str = self.do("DOM.getOuterHTML", nodeId=self.node(selector))["outerHTML"]
        return html

    def spoken(self) -> list[str]:
        """What a screen reader would say of the page, as `role: name`, in order."""
        nodes = self.do("Accessibility.getFullAXTree")["nodes"]
        told = (n for n in nodes if not n["ignored"] and n.get("name", {}).get("value"))
        return [f"{node['role']['value']}: {node['name']['value']}" for node in told]

    def focused(self) -> str:
        """The name of the element that has the focus."""
        nodes = self.do("Accessibility.getFullAXTree")["nodes"]
        has = {"name": "focused", "value": {"type": "booleanOrUndefined", "value": True}}
        named = [
            n.get("name", {}).get("value", "") for n in nodes if has in n.get("properties", [])
        ]
        return str(named[-1]) if named else ""

    def screenshot(self, path: Path) -> None:
        """A picture of the whole page."""
        shot = self.do("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        metrics = self.do("Page.getLayoutMetrics")
        return int(metrics["cssContentSize"]["width"] - metrics["cssLayoutViewport"]["clientWidth"])

    def complaints(self) -> list[str]:
        """What the browser itself found wrong: blocked by policy, not found, broken."""
        entries = (
            e["params"]["entry"] for e in self._events if e.get("method") == "Log.entryAdded"
        )
        return [entry["text"] for entry in entries if entry["level"] in {"error", "warning"}]

    def node(self, selector: str) -> int:
        root = self.do("DOM.getDocument")["root"]["nodeId"]
        found: int = self.do("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        assert found, f"nothing is {selector}"
        return found

    def _wait_for(self, event: str) -> None:
        while not any(message.get("method") == event for message in self._events):
            self._events.append(self._read())

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], deadline - time.monotonic())
            chunk = os.read(self._answers, 1 << 20) if ready else b""
            assert chunk, "Chromium does not answer"
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message


@contextmanager
def a_browser(program: str, profile: Path) -> Iterator[Browser]:
    """A fresh browser with an empty profile."""
    from_us, commands = os.pipe()
    answers, to_us = os.pipe()
    line = [program, *FLAGS, f"--user-data-dir={profile}"]

    start = [sys.executable, "-c", AS_3_AND_4, str(from_us), str(to_us), *line]
    process = subprocess.Popen(start, pass_fds=(from_us, to_us), stderr=subprocess.DEVNULL)
    os.close(from_us)
    os.close(to_us)
    try:
        yield Browser(commands, answers)
    finally:
        os.close(commands)
        process.terminate()
        process.wait(10)
        os.close(answers)
