"""Imports of libraries without what they import besides, whether anybody needs it or not.

What serves keeps no library in memory that serving does not use: see docs/adr/0009.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def without(*names: str) -> Iterator[None]:
    """Let what is imported inside find these modules not installed; who has them, keeps them."""
    found = {name: sys.modules.get(name) for name in names}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]  # None is "not installed"
    try:
        yield
    finally:
        for name, module in found.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def defer(name: str) -> None:
    """Let a module be imported, and those in it, and run it once somebody asks it for a name.

    Raises:
        ModuleNotFoundError: there is no such module.
    """
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    loader, module = spec.loader, importlib.util.module_from_spec(spec)

    def load(attribute: str) -> object:
        del module.__getattr__
        loader.exec_module(module)
        return getattr(module, attribute)

    module.__getattr__ = load  # type: ignore[method-assign]  # PEP 562
    sys.modules[name] = module
    package, _, last = name.rpartition(".")
    if package:
        setattr(sys.modules[package], last, module)
