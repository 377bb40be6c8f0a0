"""Modules that run once somebody asks them for something (docs/adr/0009)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from service.imports import defer, without


def _said(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_deferred_package_gives_its_modules_and_later_all_it_has() -> None:
    said = _said(
        "import sys\n"
        "from service.imports import defer\n"
        "defer('uvicorn')\n"
        "from uvicorn.config import Config\n"
        "import uvicorn\n"
        "early = 'uvicorn.main' in sys.modules\n"
        "print(early, uvicorn.Config is Config, callable(uvicorn.run))\n"
    )

    assert said == "False True True"


def test_a_deferred_module_is_an_attribute_of_its_package() -> None:
    said = _said(
        "import logging\n"
        "from service.imports import defer\n"
        "defer('logging.config')\n"
        "print(callable(logging.config.dictConfig))\n"
    )

    assert said == "True"


def test_what_is_imported_already_stays_as_it_is() -> None:
    before = sys.modules["subprocess"]

    defer("subprocess")

    assert sys.modules["subprocess"] is before


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match="'no_such_module'"):
        defer("no_such_module")


def test_a_name_that_a_deferred_module_does_not_have_is_an_error_as_ever() -> None:
    said = _said(
        "from service.imports import defer\n"
        "defer('uvicorn')\n"
        "import uvicorn\n"
        "print(hasattr(uvicorn, 'no_such_name'))\n"
    )

    assert said == "False"


def test_what_is_done_without_is_back_afterwards() -> None:
    with without("subprocess", "greenlet"):
        for name in ("subprocess", "greenlet"):
            with pytest.raises(ImportError):
                __import__(name)

    assert sys.modules["subprocess"] is subprocess
