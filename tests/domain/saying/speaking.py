"""What every part of the state machine needs: a world, a day, and how a command is given."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from domain.coalition.coalition import (
    AdoptPolicy,
    FoundCoalition,
    PublishAgreementTemplate,
    Template,
)
from domain.coalition.vote import OpenVote
from domain.coalition.webhook import WebhookReplayed, WebhookSecretRotated
from domain.decision import Command, Fact, Moment, Refusal
from domain.membership.application import Application
from domain.membership.membership import (
    AgreementSigned,
    SendAgreement,
    SignAgreement,
)
from domain.membership.name_correction import IndividualNameCorrected
from domain.membership.names import IndividualRenamed
from domain.membership.particulars_correction import IndividualParticularsCorrected
from domain.membership.party import IndividualListingPublished, RepresentativeAppointed
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
)
from domain.terms import (
    ApplicationId,
    ApplicationPhase,
    MembershipId,
    PartyId,
    PersonId,
)
from tests.domain.examples import policy_with
from tests.domain.policy.files import CATE
from tests.domain.world import World, an_id

START = date(2026, 3, 2)
TIERS = [tier.id for tier in CATE.tiers]
STANDARDS = [each.id for one in CATE.classes for each in one.standards]
REQUIREMENTS = [each.id for tier in CATE.tiers for each in tier.requirements]
AGREEMENTS = [each.id for each in CATE.agreements]
EINS = ["99-1000001", "99-1000002", "99-1000003"]
TEXTS = [hashlib.sha256(text).hexdigest() for text in (b"first", b"second")]
NO_VOTE = ("\nrequired = true", "")
EXCHANGED = (
    ("[agreements.partner-agreement]", "[agreements.another]"),
    ("[agreements.coalition-member-agreement]", "[agreements.partner-agreement]"),
    ("[agreements.another]", "[agreements.coalition-member-agreement]"),
)
OPEN_MEMBER = 'class = "provider"\nnumber = "open"'
POLICIES = {
    policy.sha256: policy
    for policy in (
        # From the first version to another it takes a vote, and none from then on.
        CATE,
        # Two tiers are to sign what the other one does, and then again what they did.
        policy_with(NO_VOTE, *EXCHANGED, version=2),
        # Places for Coalition Members become few, and then many again.
        policy_with(
            NO_VOTE,
            (OPEN_MEMBER, 'class = "provider"\nnumber = "limited"\nseats = 1'),
            version=3,
        ),
        policy_with(NO_VOTE, ("coalition-member", "coalition-friend"), version=4),
        # There are seats for Collaborative Partners by the policy, too.
        policy_with(
            NO_VOTE, ('number = "limited"\n', 'number = "limited"\nseats = 3\n'), version=5
        ),
    )
}

# Facts that no rule can tell from a repeat: what they say is personal, or meant anew each time.
ANEW = (
    RepresentativeAppointed
    | IndividualListingPublished
    | IndividualRenamed
    | IndividualNameCorrected
    | IndividualParticularsCorrected
    | AddressRecorded
    | AddressDisclosed
    | WebhookSecretRotated
    | WebhookReplayed
)

T = TypeVar("T")
picks = st.integers(min_value=0, max_value=1_000)


class Speaking(RuleBasedStateMachine):
    """A world to which things are said, and whatever was drawn for it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.today = START
        self.drawn = 0
        self.parties: list[PartyId] = []

    def new_id(self) -> str:
        self.drawn += 1
        return an_id(f"drawn {self.drawn}")

    def pick(self, which: int, among: list[T], otherwise: Callable[[str], T]) -> T:
        """Return one of a few, the later ones oftener, or an id that nobody knows."""
        recent = among[-4:] + among
        if not recent or which % 20 == 19:
            return otherwise(self.new_id())
        return recent[which % len(recent)]

    def applications(self, *phases: ApplicationPhase) -> list[Application]:
        return [
            state
            for state in self.world.states.values()
            if isinstance(state, Application) and (not phases or state.phase in phases)
        ]

    def an_application(self, which: int) -> ApplicationId:
        return self.pick(which, [each.id for each in self.applications()], ApplicationId)

    def a_membership(self, which: int) -> MembershipId:
        return self.pick(which, [each.id for each in self.world.memberships()], MembershipId)

    def a_party(self, which: int) -> PartyId:
        return self.pick(which, self.parties, PartyId)

    def tell(self, command: Command, *, late_days: int = 0) -> list[Fact]:
        """Decide a command, append what it gives, and decide it once more.

        It holds from today, or from a day before it, as what is written down late. That deciding
        itself changes nothing shows at the end, where the entries alone are folded.
        """
        moment = Moment(self.today, self.today - timedelta(days=late_days))
        policy = None
        if isinstance(command, AdoptPolicy | FoundCoalition):
            policy = POLICIES[command.policy_sha256]
        if isinstance(command, OpenVote):
            policy = POLICIES.get(command.proposal_sha256 or "")
        decision = self.world.decide(command, moment, policy)
        if isinstance(decision, Refusal):
            assert decision.rule
            assert decision.unmet
            assert all(each.satisfied_by for each in decision.unmet)
            return []
        for fact in decision:
            if isinstance(fact.event, AgreementSigned):
                # What was sent is signed, be it current still or not.
                texts = self.world.coalition.texts[fact.event.agreement]
                assert Template(fact.event.version, fact.event.sha256) in texts
                sent = self.world.membership(MembershipId(fact.stream)).sent
                assert sent[fact.event.agreement] == fact.event.version
        self.world.append(decision, moment.effective)
        if policy is not None and not isinstance(command, OpenVote):
            self.world.policy = policy
        again = self.world.decide(command, moment, policy)
        assert isinstance(again, Refusal) or all(isinstance(x.event, ANEW) for x in again)
        return decision

    def tell_alone(self, command: Command) -> list[Fact]:
        """Tell something that decides nothing about anybody: all but its own stream stays."""
        states, register = {**self.world.states}, copy.deepcopy(vars(self.world.register))
        facts = self.tell(command)
        own = {fact.stream for fact in facts}
        assert len(own) <= 1
        assert {**self.world.states, **dict.fromkeys(own)} == {
            **states,
            **dict.fromkeys(own),
        }
        assert vars(self.world.register) == register
        return facts

    @rule(agreement=st.sampled_from(AGREEMENTS), sha256=st.sampled_from(TEXTS))
    def publish_text(self, agreement: str, sha256: str) -> None:
        self.tell(PublishAgreementTemplate(agreement=agreement, sha256=sha256))

    def sign(self, membership: MembershipId, *, send: bool = True, behind: int = 0) -> None:
        """Sign the current text, or one that is so many versions behind it."""
        if send:
            self.tell(SendAgreement(membership=membership))
        member, policy = self.world.membership(membership), self.world.policy
        agreement = member.agreement or AGREEMENTS[0]
        if send and policy.has_tier(member.tier):
            agreement = policy.agreement_for(member.tier).id
        template = self.world.coalition.templates.get(agreement)
        self.tell(
            SignAgreement(
                membership=membership,
                agreement=agreement,
                version=(template.version if template else 1) - behind,
                sha256=template.sha256 if template else TEXTS[0],
                signatory=PersonId("a person"),
                signatory_name="Robin Example",
                capacity="chair",
            )
        )

    @rule(which=picks, send=st.booleans(), behind=st.integers(0, 1))
    def send_and_sign(self, which: int, send: bool, behind: int) -> None:  # noqa: FBT001
        self.sign(self.a_membership(which), send=send, behind=behind)

    @precondition(lambda self: self.today < START + timedelta(days=30))
    @rule()
    def sleep(self) -> None:
        self.today += timedelta(days=1)

    @precondition(lambda self: self.today < START + timedelta(days=300))
    @rule()
    def sleep_long(self) -> None:
        self.today += timedelta(days=100)
