"""The agreement texts that ship with the demonstration, and which one is current when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files

import msgspec

from domain.coalition.coalition import PublishAgreementTemplate
from service.demo.diary import Diary
from service.demo.scene import DIRECTOR, Scene
from service.demo.storyboard import TEMPLATE_MONTHS
from service.ledger.ledger import document_hash
from service.ledger.request import Document


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an agreement's text, and when it is published."""

    agreement: str
    version: int
    content: bytes
    published_at: datetime

    @property
    def sha256(self) -> str:
        """The hash by which entries name the text."""
        return document_hash(self.content)


class Templates:
    """Every agreement text of the story."""

    def __init__(self, diary: Diary) -> None:
        folder = files("service.demo") / "agreements"
        self.all = tuple(
            Template(
                agreement=agreement,
                version=version,
                content=(folder / f"{agreement}-v{version}.md").read_bytes(),
                published_at=diary.within(month),
            )
            for agreement, months in TEMPLATE_MONTHS.items()
            for version, month in enumerate(months, start=1)
        )

    def version(self, agreement: str, version: int) -> Template:
        """Return one text."""
        return next(
            each for each in self.all if (each.agreement, each.version) == (agreement, version)
        )

    def current(self, agreement: str, at: datetime) -> Template:
        """Return the text to sign at a time."""
        published = [
            each for each in self.all if each.agreement == agreement and each.published_at <= at
        ]
        return max(published, key=lambda each: each.version)

    def scenes(self) -> Iterator[Scene]:
        """Yield the publication of each text."""
        for each in self.all:
            yield Scene(
                at=each.published_at,
                by=DIRECTOR,
                command=PublishAgreementTemplate(agreement=each.agreement, sha256=each.sha256),
                documents=(Document(each.sha256, "agreement", each.content),),
            )
