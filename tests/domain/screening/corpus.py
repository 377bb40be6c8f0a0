"""Invented sentences with a label, by which the screening is measured."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from domain.screening.rules import RULES_RESOURCE, Screen

SCREEN: Final = Screen((files("domain.screening") / RULES_RESOURCE).read_bytes())


class Sentence(msgspec.Struct, frozen=True):
    """One sentence.

    Attributes:
        is_data: whether it says something about one survivor or client.
        language: ``en`` or ``es``.
        part: "written with", where the rules were written with a look at how they do on it;
            "kept aside", where the first rules were not; "held out", where somebody else wrote it
            and no rule was written after they were measured on it.
    """

    text: str
    language: str
    is_data: bool
    part: str


class Measure(msgspec.Struct, frozen=True):
    """How the rules do on some sentences.

    Attributes:
        caught: data that was refused.
        missed: data that was let pass.
        mistaken: other text that was refused.
    """

    caught: int
    missed: int
    mistaken: int

    @property
    def recall(self) -> float:
        """Of what is data, how much was refused."""
        return self.caught / (self.caught + self.missed)

    @property
    def precision(self) -> float:
        """Of what was refused, how much is data."""
        return self.caught / (self.caught + self.mistaken)


def _rows(name: str) -> list[list[str]]:
    lines = Path(__file__).with_name(name).read_text().splitlines()
    return [line.split("\t") for line in lines]


def _read() -> list[Sentence]:
    seen: dict[tuple[str, str], int] = {}
    sentences = []
    for label, language, text in _rows("corpus.tsv"):
        place = seen.get((label, language), 0)
        seen[label, language] = place + 1
        # Every other sentence of each kind was kept aside while the rules were written.
        part = "kept aside" if place % 2 else "written with"
        sentences.append(Sentence(text, language, label == "data", part))
    for part, name in (("written with", "development.tsv"), ("held out", "held_out.tsv")):
        sentences += [
            Sentence(text, language, label == "data", part) for label, language, text in _rows(name)
        ]
    return sentences


CORPUS: Final = _read()


def measure(language: str, part: str) -> Measure:
    """Return how the rules do on one part of the sentences of a language."""
    some = [
        (each.is_data, SCREEN.refuses(each.text) is not None)
        for each in CORPUS
        if (each.language, each.part) == (language, part)
    ]
    return Measure(
        caught=some.count((True, True)),
        missed=some.count((True, False)),
        mistaken=some.count((False, True)),
    )
