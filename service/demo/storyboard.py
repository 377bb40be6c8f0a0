"""The storyboard: who comes when, to which tier, and what becomes of it.

This is the part of the story that is not left to chance. One line is one party.
"""

from __future__ import annotations

from typing import Final

from domain.policy import PartyType
from domain.terms import TierChangeReason
from service.demo.part import Ending, Fate, Part, Plot

PARTNER: Final = "collaborative-partner"
MEMBER: Final = "coalition-member"
COMMUNITY: Final = "community-network"
ALLY: Final = "ally-network"

FOUNDING_SEATS: Final = 11
SEATS: Final = 12
ONE_MORE_SEAT_ON: Final = "2026-03-30"
"""When there is another seat, which is offered to one who lets it pass, and then to another."""
MORE_SEATS: Final = 16
MORE_SEATS_ON: Final = "2026-06-01"
"""When the coalition has more seats, which are offered to those who wait."""

SEPARATED_MONTH: Final = "2026-03"

FOUNDED_ON: Final = "2023-03-01"
ENDS_ON: Final = "2026-06-30"
LAST_MONTH: Final = "2026-06"
"""What is put off until then waits still, and is not overdue, when the story ends."""

# An ally whose request is refused in February may make it under the new version of the policy.
TOO_EARLY_MONTH: Final = "2024-02"
POLICY_MONTH: Final = "2024-04"
VOTES_FROM: Final = "2024-12"
"""Whoever was admitted before takes part in votes of the members."""
OPEN_DAYS: Final = 365
"""How long the last vote is open: whoever looks at the story after its end may vote still."""

TEMPLATE_MONTHS: Final = {
    "partner-agreement": ("2023-03", "2024-10"),
    "coalition-member-agreement": ("2023-03", "2026-05"),
    "network-member-agreement": ("2023-03", "2025-04"),
}
"""When the first and the second text of each agreement are published."""

_ORG = PartyType.NONPROFIT_501C3
_PRACTITIONER = PartyType.INDIVIDUAL_PRACTITIONER
_PERSON = PartyType.INDIVIDUAL
_CIVIC = PartyType.COMMUNITY_ORGANISATION
_SCHOOL = PartyType.EDUCATION
_OFFICE = PartyType.GOVERNMENT
_HEALTH = PartyType.HEALTH_SYSTEM
_GROUP = PartyType.COALITION_OR_GROUP

_MISSION = TierChangeReason.MISSION_CHANGED
_SERVICES = TierChangeReason.SERVICES_CHANGED
_CAPACITY = TierChangeReason.CAPACITY_CHANGED
_REQUESTED = TierChangeReason.REQUESTED
_AGAIN = TierChangeReason.REASSESSMENT


def _joins(
    month: str,
    tier: str,
    *,
    plans: int = 0,
    ending: Ending = Ending.APPROVED,
) -> Plot:
    return Plot(month=month, tier=tier, plans=plans, ending=ending)


def _moves(month: str, tier: str, reason: TierChangeReason, *, plans: int = 0) -> Plot:
    return Plot(month=month, tier=tier, reason=reason, plans=plans)


def _declined(month: str, tier: str, *unmet: str, reason: TierChangeReason | None = None) -> Plot:
    return Plot(month=month, tier=tier, reason=reason, ending=Ending.DECLINED, unmet=unmet)


def _appealed(
    month: str, tier: str, *unmet: str, ending: Ending = Ending.APPEALED, voted: bool = False
) -> Plot:
    return Plot(month=month, tier=tier, ending=ending, unmet=unmet, voted=voted)


def _waits(month: str, ending: Ending, reason: TierChangeReason) -> Plot:
    return Plot(month=month, tier=PARTNER, reason=reason, ending=ending)


def _undecided(
    month: str, tier: str, ending: Ending, *, reason: TierChangeReason | None = None
) -> Plot:
    return Plot(month=month, tier=tier, reason=reason, ending=ending)


def _part(
    party_type: PartyType,
    *plots: Plot,
    listed: bool = True,
    fate: Fate | None = None,
    fated: str = "",
) -> Part:
    return Part(party_type=party_type, plots=plots, listed=listed, fate=fate, fated=fated)


_FOUNDERS = (
    Part(party_type=_ORG, founds=True, listed=True),
    Part(party_type=_ORG, founds=True, listed=True, succeeded="2024-09"),
    Part(party_type=_ORG, founds=True, listed=True),
    Part(
        party_type=_ORG,
        founds=True,
        listed=True,
        # It shows what its own tier asks of all who came later, before it comes to another one.
        plots=(
            _moves("2024-04", PARTNER, _REQUESTED, plans=1),
            _moves("2025-01", MEMBER, _CAPACITY),
        ),
    ),
)

_PROVIDERS = (
    _part(_ORG, _joins("2023-04", PARTNER)),
    _part(_ORG, _joins("2023-06", PARTNER, plans=1)),
    _part(_ORG, _joins("2023-09", PARTNER)),
    _part(_ORG, _joins("2024-01", PARTNER), fate=Fate.SIGNS_LATE),
    _part(_ORG, _joins("2024-06", PARTNER, plans=2)),
    _part(
        _ORG,
        _joins("2025-02", PARTNER),
        _undecided("2025-10", MEMBER, Ending.EXPIRED, reason=_CAPACITY),
    ),
    _part(_ORG, _joins("2025-07", PARTNER)),
    _part(_ORG, _joins("2023-04", MEMBER), _moves("2024-11", PARTNER, _MISSION)),
    _part(_ORG, _joins("2023-05", MEMBER), _moves("2025-06", PARTNER, _SERVICES, plans=1)),
    _part(_ORG, _joins("2023-05", MEMBER, plans=1), _waits("2026-01", Ending.OFFERED, _MISSION)),
    _part(_ORG, _joins("2023-07", MEMBER), _moves("2025-03", COMMUNITY, _SERVICES)),
    _part(_ORG, _joins("2023-08", MEMBER), _waits("2026-01", Ending.OFFERED, _SERVICES)),
    Part(
        party_type=_ORG,
        plots=(_joins("2023-10", MEMBER, plans=2), _waits("2025-11", Ending.SEATED, _MISSION)),
        listed=True,
        succeeded="2025-05",
    ),
    _part(_ORG, _joins("2023-11", MEMBER), _waits("2025-09", Ending.UNTAKEN, _SERVICES)),
    _part(_ORG, _joins("2023-12", MEMBER), _waits("2026-01", Ending.OFFERED, _CAPACITY)),
    Part(
        party_type=_ORG,
        plots=(
            _joins("2024-02", MEMBER),
            _declined("2025-09", PARTNER, f"{PARTNER}.population-share", reason=_MISSION),
        ),
        listed=True,
    ),
    Part(
        party_type=_ORG,
        plots=(
            _joins("2024-05", MEMBER),
            _undecided("2025-06", PARTNER, Ending.WITHDRAWN, reason=_MISSION),
        ),
        listed=True,
        sponsored=True,
    ),
    Part(
        party_type=_ORG,
        plots=(
            _joins("2024-09", MEMBER, plans=1),
            _waits("2026-03", Ending.WAITLISTED, _SERVICES),
        ),
        listed=True,
        unlisted="2025-11",
    ),
    _part(
        _ORG,
        Plot(month="2025-01", tier=MEMBER, asked=True),
        _undecided("2025-10", PARTNER, Ending.WITHDRAWN, reason=_SERVICES),
    ),
    _part(
        _ORG,
        _joins("2025-08", MEMBER),
        _waits("2026-03", Ending.WAITLISTED, _MISSION),
        listed=False,
    ),
    _part(_PRACTITIONER, _joins("2023-06", MEMBER), listed=True),
    _part(
        _PRACTITIONER,
        _joins("2023-12", MEMBER, plans=1),
        listed=False,
        fate=Fate.LAPSES,
        fated="2026",
    ),
    _part(
        _PRACTITIONER,
        _joins("2024-04", MEMBER),
        _moves("2025-10", COMMUNITY, _REQUESTED),
        listed=False,
    ),
    _part(_PRACTITIONER, _joins("2024-10", MEMBER), fate=Fate.TERMINATED, fated="2025-11"),
    _part(_PRACTITIONER, _joins("2025-05", MEMBER), listed=False),
)

_NETWORK = (
    _part(_SCHOOL, _joins("2023-04", COMMUNITY)),
    # Some time after its plan has ended it is looked at again.
    _part(_SCHOOL, _joins("2024-03", COMMUNITY, plans=1), _moves("2025-10", COMMUNITY, _AGAIN)),
    _part(_OFFICE, _joins("2023-05", COMMUNITY)),
    _part(_OFFICE, _joins("2024-08", COMMUNITY), fate=Fate.RENEWS_LATE, fated="2025"),
    _part(_HEALTH, _joins("2023-06", COMMUNITY), fate=Fate.ABSORBS),
    _part(
        _HEALTH,
        Plot(month="2024-12", tier=COMMUNITY, asked=True),
        fate=Fate.ABSORBED_FOR_A_TIME,
        fated="2025-10",
    ),
    _part(_CIVIC, _joins("2023-08", COMMUNITY), fate=Fate.ABSORBS),
    _part(_CIVIC, _joins("2025-04", COMMUNITY, plans=1), fate=Fate.ABSORBED, fated="2026-03"),
    _part(_ORG, _joins("2023-10", COMMUNITY), _moves("2024-12", MEMBER, _SERVICES)),
    _part(_PERSON, _joins("2023-07", COMMUNITY), listed=False, fate=Fate.RENEWS_LATE, fated="2024"),
    _part(_PERSON, _joins("2024-02", COMMUNITY), fate=Fate.STOPS_SIGNING),
    _part(_PERSON, _joins("2025-06", COMMUNITY), listed=False),
    _part(
        _PRACTITIONER,
        _joins("2023-09", COMMUNITY),
        _moves("2025-01", MEMBER, _SERVICES, plans=1),
        listed=False,
    ),
    _part(_GROUP, _joins("2023-05", ALLY)),
    _part(_GROUP, _joins("2023-07", ALLY, plans=1)),
    Part(
        party_type=_GROUP,
        plots=(_joins("2023-08", ALLY), _moves("2024-06", COMMUNITY, _CAPACITY)),
        listed=True,
        too_early=True,
    ),
    _part(_GROUP, _joins("2024-01", ALLY)),
    _part(_GROUP, _joins("2025-02", ALLY)),
    _part(
        _GROUP,
        _joins("2025-09", ALLY),
        _undecided("2026-04", COMMUNITY, Ending.REVIEWED, reason=_CAPACITY),
    ),
    _part(_GROUP, _joins("2024-07", COMMUNITY), _moves("2025-09", ALLY, _MISSION)),
    _part(
        _GROUP,
        Plot(month="2024-11", tier=COMMUNITY, asked=True),
        _undecided("2025-09", ALLY, Ending.WITHDRAWN, reason=_CAPACITY),
    ),
)

_DECLINED = (
    _part(
        _ORG,
        _declined("2023-08", PARTNER, f"{PARTNER}.population-share"),
        _joins("2024-03", MEMBER),
    ),
    _part(
        _ORG,
        _declined("2024-04", MEMBER, f"{MEMBER}.ein-determination"),
        _undecided("2026-05", MEMBER, Ending.AWAITING),
    ),
    _part(
        _ORG,
        _declined("2025-03", MEMBER, "provider.trauma-informed", "provider.client-centered"),
        _undecided("2026-05", MEMBER, Ending.AWAITING),
    ),
    _part(
        _PRACTITIONER,
        _declined("2024-11", MEMBER, f"{MEMBER}.practitioner-credential"),
        _undecided("2025-06", MEMBER, Ending.EXPIRED),
    ),
    _part(
        _CIVIC,
        _declined("2025-10", COMMUNITY, "network.commitment-to-mission"),
        _undecided("2026-02", COMMUNITY, Ending.EXPIRED),
    ),
    _part(
        _GROUP,
        _declined("2024-09", ALLY, f"{ALLY}.support", f"{ALLY}.commitment"),
        _undecided("2026-05", ALLY, Ending.AWAITING),
    ),
    _part(
        _GROUP,
        _appealed("2025-04", ALLY, f"{ALLY}.commitment", ending=Ending.UPHELD, voted=True),
    ),
)

_OPEN = (
    _part(_ORG, _joins("2026-03", PARTNER, ending=Ending.FULL)),
    _part(_ORG, _joins("2026-04", MEMBER, plans=1, ending=Ending.PUT_TO_VOTE)),
    _part(_GROUP, _joins("2026-04", ALLY, ending=Ending.REVIEWED)),
    _part(_ORG, _joins("2026-05", PARTNER, ending=Ending.IN_REVIEW)),
    _part(_PRACTITIONER, _joins("2026-05", MEMBER, ending=Ending.IN_REVIEW)),
    _part(_SCHOOL, _joins("2026-05", COMMUNITY, ending=Ending.IN_REVIEW)),
    _part(_ORG, _joins("2026-05", PARTNER, ending=Ending.SUBMITTED)),
    _part(_ORG, _joins("2026-06", MEMBER, ending=Ending.SUBMITTED)),
    _part(_PERSON, _joins("2026-06", COMMUNITY, ending=Ending.SUBMITTED)),
    _part(_GROUP, _joins("2026-06", ALLY, ending=Ending.SUBMITTED)),
    _part(_ORG, _joins("2026-03", MEMBER, ending=Ending.UNSIGNED)),
    _part(_OFFICE, _joins("2026-03", COMMUNITY, ending=Ending.UNSIGNED)),
    _part(_HEALTH, _joins("2026-03", COMMUNITY, ending=Ending.UNSENT)),
    _part(_ORG, _appealed("2026-02", PARTNER, "provider.trauma-informed")),
    _part(_CIVIC, _appealed("2026-03", COMMUNITY, "network.commitment-to-mission")),
    _part(_GROUP, _appealed("2026-03", ALLY, f"{ALLY}.support")),
    _part(
        _ORG,
        _joins("2025-03", MEMBER),
        Plot(
            month="2026-04",
            tier=COMMUNITY,
            reason=_CAPACITY,
            ending=Ending.IN_REVIEW,
        ),
    ),
)

PARTS: Final = (*_FOUNDERS, *_PROVIDERS, *_NETWORK, *_DECLINED, *_OPEN)
