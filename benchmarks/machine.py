"""What the figures depend on besides the software."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pysqlite3

from benchmarks.databases import Databases, fdatasync_ms


def facts(given: Databases) -> dict[str, Any]:
    """Return the facts of the machine, and of the versions measured."""
    syncs = fdatasync_ms(given.folder)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": round(os.getloadavg()[0], 2),
        "fdatasync_ms": (
            f"{statistics.median(syncs):.3f} "
            f"[{syncs[0]:.3f} … {syncs[len(syncs) * 95 // 100]:.3f} at 95 %]"
        ),
        "Python": platform.python_version(),
        "SQLite": f"{pysqlite3.sqlite_version} (the library's recorder: {sqlite3.sqlite_version})",
        "PostgreSQL": given.postgres_version(),
        "psycopg": version("psycopg"),
        "SQLAlchemy": version("sqlalchemy"),
        "eventsourcing": version("eventsourcing"),
        "strawberry": version("strawberry-graphql"),
    }


def peak_kib() -> int:
    """Return the most memory that this process has had, in KiB.

    ``ru_maxrss`` would count what its parent had when it forked.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"
