"""Documents that are known beforehand, and sent by name.

See the appendix "Persisted Documents" of the specification of GraphQL over HTTP: a document's id is
``sha256:`` and the hash of its text, lower-case hex.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from graphql import GraphQLSchema, GraphQLSyntaxError, parse, validate

from service.faults import NotReadyError


def document_id(text: str) -> str:
    """Return the id of a document."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


class Trusted:
    """The documents that are known beforehand.

    Args:
        texts: of each.
        public_only: whether those who do not say who they are may send only these.
    """

    def __init__(self, texts: Iterable[str] = (), *, public_only: bool = False) -> None:
        self.public_only = public_only
        self._texts = {document_id(text): text for text in texts}

    def text(self, document: str) -> str | None:
        """Return the text of an id; ``None`` for one that is not known."""
        return self._texts.get(document)

    def __contains__(self, text: str) -> bool:
        """Whether a text, to the byte, is one of them."""
        return document_id(text) in self._texts


def read_folder(folder: Path, schema: GraphQLSchema) -> dict[str, str]:
    """Return the documents of a folder by their files' names, each checked.

    Args:
        folder: its files ending in ``.graphql`` are read, in UTF-8, each a document as clients send
            it.
        schema: what they are to be valid against.

    Raises:
        NotReadyError: the folder or a file cannot be read, or a document is not valid.
    """
    found: dict[str, str] = {}
    try:
        for file in sorted(folder.glob("*.graphql")):
            text = found[file.name] = file.read_text("utf-8")
            errors = validate(schema, parse(text))
            if errors:
                raise NotReadyError(f"The document {file} is not valid: {errors[0].message}")
    except (OSError, UnicodeDecodeError) as error:
        raise NotReadyError(f"The documents in {folder} cannot be read: {error}.") from None
    except GraphQLSyntaxError as error:
        raise NotReadyError(f"A document in {folder} cannot be parsed: {error.message}") from None
    if not found:
        raise NotReadyError(f"There are no documents in {folder}: their names end in .graphql.")
    return found
