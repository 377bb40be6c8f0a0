"""Plausible entries without a database: a seeded coalition in which everything happens.

Hidden values begin with `HIDDEN`, personal ones with `PERSONAL`, so that a test can look for them
where they must not be. What stands in clear in views (random ids, the listings of organisations)
does not. Nothing here is decided by rules; it only comes in an order that rules allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import msgspec

from domain.ledger.disclosure import UNSET, Level, levels
from domain.ledger.recorded import Recorded
from tests.projections.simulated.applying import Applying
from tests.projections.simulated.parties import Parties
from tests.projections.simulated.standings import Standings


class Everything(Applying, Standings, Parties):
    """A coalition in which everything happens."""

    def govern(self) -> None:
        self._records.draw()
        self.stand()
        if self.random.random() < 0.02:
            self.adopt_policy()
        elif self.random.random() < 0.02:
            self.publish_template(self.random.choice(list(self._templates)))
        elif self.random.random() < 0.02:
            self.set_seats()
        elif self.random.random() < 0.02:
            self.transfer_home()

    def act(self) -> None:
        """Let one of the newer members do something."""
        if not self._members:
            self.apply()
            return
        member = self._members[-1 - self.random.randrange(min(len(self._members), 200))]
        self.random.choice((self.sign, self.sign, self.list, self.appoint, self.change))(member)


def generate(entries: int, seed: int) -> Iterator[Recorded]:
    """Yield the first entries of a coalition's life, positions 1 to ``entries``.

    Args:
        entries: how many.
        seed: the same seed gives the same entries.
    """
    simulation = Everything(seed)
    simulation.found()
    happenings: tuple[Callable[[], None], ...] = (
        simulation.apply,
        simulation.proceed,
        simulation.proceed,
        simulation.proceed,
        simulation.act,
        simulation.act,
        simulation.govern,
    )
    left = entries
    while left > 0:
        for recorded in simulation.appended[:left]:
            left -= 1
            yield recorded
        simulation.appended.clear()
        # Clocks go backwards now and then; order comes from positions.
        simulation.now += timedelta(minutes=simulation.random.randint(-5, 60))
        simulation.random.choice(happenings)()


def as_opened(recorded: Recorded, opens: frozenset[str]) -> Recorded:
    """Return an entry as a rebuild sees it: staff values of these events, personal ones never."""
    event = recorded.event
    opened = event.stored_name in opens
    hidden = {
        name: UNSET
        for name, level in levels(type(event)).items()
        if level is Level.PERSONAL or (level is not Level.PUBLIC and not opened)
    }
    return msgspec.structs.replace(recorded, event=msgspec.structs.replace(event, **hidden))
