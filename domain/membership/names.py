"""What an organisation is and was called, as far as rules know it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace


class Names(msgspec.Struct, frozen=True, gc=False):
    """The names of an organisation, each by the version of the entry that gave it.

    Attributes:
        said: what each entry calls it, as corrected; one that was expunged is left out.
        present_by: the version of the entry that gave the present name.
    """

    said: Mapping[int, str] = {}
    present_by: int = 0

    @property
    def present(self) -> str | None:
        """What it is called; ``None`` if nobody may know that."""
        return self.said.get(self.present_by)

    def called(self, version: int, name: str | msgspec.UnsetType) -> Names:
        """Return the names after an entry by which it goes by another name."""
        return replace(self.reading(version, name), present_by=version)

    def reading(self, version: int, name: str | msgspec.UnsetType) -> Names:
        """Return the names after what the entry of a version calls it reads so."""
        said = {each: text for each, text in self.said.items() if each != version}
        if not isinstance(name, msgspec.UnsetType):
            said[version] = name
        return replace(self, said=said)
