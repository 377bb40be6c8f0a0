"""GraphiQL: a page to write queries on, made of local files only (ADR 24)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

FOLDER: Final = Path(str(files("service.web") / "static" / "graphiql"))
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src data:; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_STYLES: Final = ("graphiql.min.css", "explorer.css", "page.css")
_SCRIPTS: Final = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "explorer.umd.js",
    "start.js",
)
_HEADER: Final = re.compile(
    r"# (?P<title>[^.\n:]+)(?:.*\n#)*?.*\n# as .+\n(?:# with (?P<given>.+)\n)?"
)


def page(explanation: str) -> Response:
    """Return the page.

    Args:
        explanation: HTML for those without JavaScript, and until GraphiQL is there.
    """
    styles = "".join(f'<link rel="stylesheet" href="/graphiql/{name}">\n' for name in _STYLES)
    scripts = "".join(f'<script defer src="/graphiql/{name}"></script>\n' for name in _SCRIPTS)
    text = (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n<title>GraphiQL</title>\n'
        '<link rel="icon" href="data:,">\n'
        f'{styles}{scripts}<div id="graphiql"><div class="explain">\n{explanation}</div></div>\n'
        "</html>\n"
    )
    headers = {"Content-Security-Policy": POLICY, "Vary": "Accept, Cookie"}
    return Response(text, media_type="text/html", headers=headers)


def routes() -> Iterator[BaseRoute]:
    """Yield the routes of the files that the page is made of."""
    yield Mount("/graphiql", StaticFiles(directory=FOLDER))


def cookbook(folder: Path) -> list[dict[str, Any]]:
    """Return the documents of a cookbook as the page offers them: title, query and variables."""
    return [_offered(file.read_text("utf-8")) for file in sorted(folder.glob("*.graphql"))]


def _offered(text: str) -> dict[str, Any]:
    header = _HEADER.match(text)
    if header is None:
        raise ValueError("a document of the cookbook says what it is for, and who sends it")
    return {"title": header["title"], "query": text, "variables": header["given"] or ""}


if __name__ == "__main__":
    made = cookbook(Path("docs/cookbook"))
    (FOLDER / "cookbook.json").write_text(json.dumps(made, indent=1) + "\n", "utf-8")
