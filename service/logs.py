"""Logs: structured lines on stderr that hold nothing personal.

What may be logged is a list. A key that is not on it is dropped, whoever logs it and
whatever library it comes from: no text of a query, no variable, no header, no address.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

from service.imports import without

# structlog imports rich, if it is there, to draw tracebacks, and greenlet. Our lines hold none,
# nothing here switches greenlets, and what serves does not keep four megabytes for them
# (docs/adr/0009).
with without("rich", "greenlet"):
    import structlog

ALLOWED: Final = frozenset(
    {
        "address",
        "code",
        "count",
        "duration_ms",
        "event",
        "exception",
        "level",
        "logger",
        "method",
        "name",
        "path",
        "position",
        "reasons",
        "request_id",
        "signal",
        "status",
        "timestamp",
        "version",
        "where",
    }
)
"""The keys that a log line may have."""

# structlog's formatter passes these on to itself, and takes them out at the end.
_FORMATTERS: Final = frozenset({"_record", "_from_structlog"})

# Other libraries put values into their messages: asyncio shows futures, strawberry queries.
_PLAIN_LIBRARIES: Final = frozenset({"uvicorn.error"})


def keep_allowed(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop what a log line may not have."""
    return {key: value for key, value in event.items() if key in ALLOWED or key in _FORMATTERS}


def name_fault(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put in place of an exception its type and where it was raised.

    Its message may quote values: a validation error shows its input, and a database error
    the row that it would not take.
    """
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = f"{type(error).__module__}.{type(error).__qualname__}"
        event["where"] = places_of(error)
    return event


def places_of(error: BaseException) -> list[str]:
    """Return the last places of a traceback, as ``module:line``, the innermost last."""
    places = []
    traceback = error.__traceback__
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return places[-8:]


def configure(level: str, form: str) -> None:
    """Send the logs of this process and of its libraries to stderr.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        form: ``json`` for a line of JSON each, ``console`` for people.
    """
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if form == "console"
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_from_library, *_PROCESSORS],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("service").setLevel(level.upper())


def _from_library(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep of a library's message its format, where that is known to quote nothing."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        known = record.name in _PLAIN_LIBRARIES
        event["event"] = str(record.msg).strip() if known else "a library reported something"
        if not known:
            event["where"] = [f"{record.module}:{record.lineno}"]
        event.pop("positional_args", None)
        if record.exc_info:
            event["exc_info"] = record.exc_info
        # The formatter would otherwise append the traceback as text.
        record.exc_info = record.exc_text = None
    return event


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger; ``name`` is the module's."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


_PROCESSORS: Final[list[structlog.typing.Processor]] = [
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    name_fault,
    keep_allowed,
]

# At once, since structlog would otherwise print whatever is logged to stdout, among the data.
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
