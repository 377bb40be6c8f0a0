"""Plans of what happens in a term: agreement, renewal, participation, and what is missed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.decision import Command
from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.renewing import (
    decide_lapse_membership,
    decide_open_renewal,
    decide_record_missed_renewal,
    decide_record_participation,
    decide_renew_membership,
    decide_withdraw_participation,
)
from domain.membership.resigning import decide_record_missed_resigning, decide_require_resigning
from domain.membership.term import (
    LapseMembership,
    OpenRenewal,
    RecordMissedRenewal,
    RecordParticipation,
    RenewMembership,
    WithdrawParticipation,
)
from service.planning.plan import Planner, about_membership, by_policy, original_of, plain

PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        OpenRenewal: about_membership(
            lambda world, membership, command, moment: decide_open_renewal(
                membership, command, moment, world.policy_on(membership.term.day)
            )
        ),
        RenewMembership: about_membership(
            lambda world, membership, command, moment: decide_renew_membership(
                membership, world.party(membership.party), command, moment, world.policy
            )
        ),
        RecordMissedRenewal: about_membership(by_policy(decide_record_missed_renewal)),
        LapseMembership: about_membership(
            lambda world, membership, command, moment: decide_lapse_membership(
                membership, command, moment, world.policy_on(membership.assent.day)
            )
        ),
        RequireResigning: about_membership(
            lambda world, membership, command, moment: decide_require_resigning(
                membership, world.coalition, command, moment, world.policy
            )
        ),
        RecordMissedResigning: about_membership(plain(decide_record_missed_resigning)),
        RecordParticipation: about_membership(plain(decide_record_participation)),
        WithdrawParticipation: about_membership(
            lambda world, membership, command, moment: decide_withdraw_participation(
                membership, original_of(world, command.entry), command, moment
            )
        ),
    }
)
"""How these commands are planned."""
