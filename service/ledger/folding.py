"""Streams folded to states, and whether that could do without a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from domain.catalog import State, empty_state, evolve, kind_of
from domain.ledger.disclosure import UNSET, HiddenValueMissingError
from domain.ledger.recorded import Recorded
from projections.models import read_models
from projections.replay import Replay


def folded(stream: str, history: Sequence[Recorded]) -> State:
    """Return the state of a stream by its entries, of which there is one at least."""
    state = empty_state(kind_of(history[0].event), stream)
    for each in history:
        state = evolve(state, each.event, each.envelope.effective)
    return state


def needs(
    history: Sequence[Recorded], found: Recorded, field: str, blind: Callable[[str], str]
) -> bool:
    """Whether a rule or a view cannot do without a hidden field of an entry.

    Args:
        history: the entries of its stream.
        found: the entry.
        field: the name of the field.
        blind: the keyed hash of an EIN's nine digits.
    """
    without = [
        each
        if each.position != found.position
        else replace(each, event=replace(each.event, **{field: UNSET}))
        for each in history
    ]
    try:
        folded(found.envelope.stream, without)
        Replay(read_models(blind=blind)).extend(without)
    except HiddenValueMissingError:
        return True
    return False
