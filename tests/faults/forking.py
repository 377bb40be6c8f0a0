"""Processes to kill, forked from one that has everything imported already.

``python -m tests.faults.forking MODULE`` imports a module. For each line of its input, which has
the arguments, environment and output of a process, it forks one that runs the module's ``main``
with them. To start and import anew each time would take longer than what is to be killed.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self


class Child:
    """A process that was started; its output is in ``said``."""

    def __init__(self, parent: Parent, pid: int, said: Path) -> None:
        self._parent = parent
        self._pid = pid
        self._said = said

    def kill(self) -> None:
        """Kill it; nothing happens if it has ended."""
        os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> tuple[int, str]:
        """Return how it ended, as `subprocess` does, and what it wrote."""
        return self._parent.ask(wait=self._pid), self._said.read_text()


class Parent:
    """The process that everything is imported in.

    Args:
        module: what its children run.
        folder: where their output goes.
    """

    def __init__(self, module: str, folder: Path) -> None:
        self._folder = folder
        self._started = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forking", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        """Give it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.communicate()

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> Child:
        """Start a process with arguments, and what is added to its environment."""
        self._started += 1
        said = self._folder / f"said.{self._started}"
        return Child(self, self.ask(arguments=arguments, env=env or {}, said=str(said)), said)

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Let a process run to its end; return how it ended, and what it wrote."""
        return self.start(*arguments, env=env).wait()

    def ask(self, **what: object) -> int:
        """Send a request, and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _answer(answer: int) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def main() -> None:
    """Fork a process whenever one is asked for."""
    module = importlib.import_module(sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _answer(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]))
        elif pid := os.fork():
            _answer(pid)
        else:
            said_fd = os.open(asked["said"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(said_fd, 1)
            os.dup2(said_fd, 2)
            os.environ.update(asked["env"])
            sys.argv = [sys.argv[1], *asked["arguments"]]
            module.main()
            return


if __name__ == "__main__":
    main()
