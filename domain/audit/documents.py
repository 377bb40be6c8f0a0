"""The texts that entries name by hash: policies and agreements."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from domain.audit.finding import TamperedError
from domain.coalition.coalition import AgreementTemplatePublished, PolicyAdopted
from domain.policy import PolicyError, parse_policy

FOLDER: Final = "documents"
MAX_DOCUMENT_BYTES: Final = 16 * 1024 * 1024


class Documents:
    """Checks texts as entries name them.

    Args:
        read: returns a file, or ``None`` where there is none.

    Attributes:
        checked: how many texts have the hash that an entry names.
        absent: how many an entry names that were not there to be checked.
    """

    def __init__(self, read: Callable[[str, int], bytes | None]) -> None:
        self._read = read
        self.checked = 0
        self.absent = 0

    def policy(self, position: int, event: PolicyAdopted) -> None:
        """Check the text of a policy, and that it is the version that the entry says.

        Raises:
            TamperedError: it is another text.
        """
        content = self._named(position, event.sha256)
        if content is None:
            return
        try:
            policy = parse_policy(content)
        except PolicyError as error:
            raise TamperedError(f"the policy's text is none: {error}", position) from None
        if policy.ref != f"{event.policy}@{event.version}":
            raise TamperedError("the policy's text is another version's", position)

    def agreement(self, position: int, event: AgreementTemplatePublished) -> None:
        """Check the text of an agreement.

        Raises:
            TamperedError: it is another text.
        """
        self._named(position, event.sha256)

    def _named(self, position: int, digest: str) -> bytes | None:
        # The digest is a public field of an entry: it is checked before it becomes a path.
        if len(digest) != sha256().digest_size * 2 or not set(digest) <= set("0123456789abcdef"):
            raise TamperedError("a text is named by 64 hexadecimal digits", position)
        content = self._read(f"{FOLDER}/{digest}", MAX_DOCUMENT_BYTES)
        if content is None:
            self.absent += 1
        elif len(content) > MAX_DOCUMENT_BYTES or sha256(content).hexdigest() != digest:
            raise TamperedError("a text does not have the hash that the entry names", position)
        else:
            self.checked += 1
        return content
