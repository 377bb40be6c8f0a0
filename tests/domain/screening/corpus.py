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
        is_held_out: whether the rules were written without looking at how they do on it.
    """

    text: str
    language: str
    is_data: bool
    is_held_out: bool


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


def _read() -> list[Sentence]:
    lines = Path(__file__).with_name("corpus.tsv").read_text().splitlines()
    seen: dict[tuple[str, str], int] = {}
    sentences = []
    for line in lines:
        label, language, text = line.split("\t")
        place = seen.get((label, language), 0)
        seen[label, language] = place + 1
        # Every other sentence of each kind was kept aside while the rules were written.
        sentences.append(Sentence(text, language, label == "data", place % 2 == 1))
    return sentences


CORPUS: Final = _read()


def measure(language: str, *, held_out: bool) -> Measure:
    """Return how the rules do on one half of the sentences of a language."""
    some = [
        (each.is_data, SCREEN.refuses(each.text) is not None)
        for each in CORPUS
        if (each.language, each.is_held_out) == (language, held_out)
    ]
    return Measure(
        caught=some.count((True, True)),
        missed=some.count((True, False)),
        mistaken=some.count((False, True)),
    )
