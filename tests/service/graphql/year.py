"""A coalition that lives through the API alone: who is in it, and how each of its steps is sent."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from domain.ledger.merkle import Tree, leaf_hash
from domain.policy import PartyType, RequirementKind
from domain.terms import PartyId, PrincipalId
from service import sweep
from service.graphql.ids import NodeKind, own_id
from service.security.principal import Principal, Role
from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import POLICY, Coalition
from tests.service.graphql.api import Api
from tests.service.graphql.steps import accepted

TEXTS = {
    "partner-agreement": "We act as equal partners.",
    "coalition-member-agreement": "We keep the standards of care.",
    "network-member-agreement": "We stand by the mission.",
}
PARTNERS = """{ governance { partners { id party { id name } } } }"""


class Somebody(msgspec.Struct, kw_only=True, eq=False):
    """An applicant, and what became of them."""

    name: str
    tier: str
    party_type: PartyType
    who: Principal
    application: str = ""
    party: str = ""
    membership: str = ""

    @property
    def speaker(self) -> Principal:
        """Who speaks for them."""
        party = PartyId(own_id(NodeKind.PARTY, self.party) or "")
        return Principal(PrincipalId(f"speaks for {self.name}"), Role.REPRESENTATIVE, party)


class Year:
    """The coalition, its clock, and what its people do.

    Args:
        database_url: where its ledger is.
        folder: for its keys.
    """

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = Coalition(database_url, folder, partners=4, policy=CATE_TOML)
        self.api = Api(self.coalition)
        self.everybody: dict[str, Somebody] = {}
        self.gone: dict[str, Somebody] = {}
        self.partners = [
            Somebody(
                name=each["party"]["name"],
                tier="collaborative-partner",
                party_type=PartyType.NONPROFIT_501C3,
                who=self.coalition.principals[Role.APPLICANT],
                party=each["party"]["id"],
                membership=each["id"],
            )
            for each in self.api.ask(PARTNERS, Role.DIRECTOR)["governance"]["partners"]
        ]
        self.partners.sort(key=lambda each: each.name)
        self.everybody |= {each.name: each for each in self.partners}

    @property
    def today(self) -> date:
        """The day that it is."""
        return self.coalition.clock.now.date()

    def passes(self, **by: float) -> None:
        """Let time pass, by a `timedelta`'s arguments."""
        self.coalition.clock.advance(**by)

    @property
    def head(self) -> int:
        """The position of the last entry."""
        position: int = self.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
        return position

    def ask(self, query: str, who: Role | Principal = Role.PUBLIC, **variables: object) -> Any:  # noqa: ANN401 - JSON
        """Ask something that is answered."""
        return self.api.ask(query, who, **variables)

    def standing(self, whose: Somebody, **as_of: object) -> str | None:
        """Return the standing of somebody's membership, now or as of a point and day."""
        query = """query ($id: ID!, $asOf: AsOf) {
            membership(id: $id, asOf: $asOf) { standing } }"""
        found = self.ask(query, id=whose.membership, asOf=as_of or None)["membership"]
        return None if found is None else found["standing"]

    def phase(self, whose: Somebody) -> str:
        """Return the phase of somebody's application."""
        query = "query ($id: ID!) { application(id: $id) { phase } }"
        phase: str = self.ask(query, Role.COMMITTEE, id=whose.application)["application"]["phase"]
        return phase

    def listed(self) -> set[str]:
        """Return who is in the directory."""
        query = "{ directory(first: 100) { nodes { name } } }"
        return {each["name"] for each in self.ask(query)["directory"]["nodes"]}

    def comes(self, day: date) -> None:
        """Let the days pass until one, and have done each day what nobody has to decide."""
        while self.today < day:
            self.passes(days=min(5, (day - self.today).days))
            foretold = sweep.foretell(self.coalition.ledger)
            swept = sweep.sweep(self.coalition.ledger)
            assert swept.failed == ()
            # Nothing happens by itself that a look ahead does not tell.
            sure, done = ({each.key for each in found} for found in (foretold.due, swept.done))
            assert sure <= done <= sure | {each.key for each in foretold.unless_voted}

    def renewal(self, whose: Somebody) -> str | None:
        """Return where somebody stands in their term."""
        query = "query ($id: ID!) { membership(id: $id) { renewal { phase } } }"
        found = self.ask(query, id=whose.membership)["membership"]["renewal"]
        return None if found is None else found["phase"]

    def renews(self, whose: Somebody) -> None:
        """Let somebody say that they meet still what their tier asks for."""
        clauses = [
            each.id
            for each in POLICY.requirements_for(whose.tier, whose.party_type)
            if each.kind is not RequirementKind.PARTY_TYPE
        ]
        given = {"membership": whose.membership, "clauses": clauses}
        self.does("renewMembership", whose.speaker, **given)

    def leaves(self, name: str) -> Somebody:
        """Return somebody who is a member by themself no more."""
        self.gone[name] = self.everybody.pop(name)
        return self.gone[name]

    def does(
        self, mutation: str, who: Role | Principal, returning: str = "", /, **given: object
    ) -> dict[str, Any]:
        """Let somebody give a command that is accepted."""
        return accepted(self.api.do(mutation, given, who, returning=returning))

    def may_not(self, mutation: str, who: Role | Principal, rule: str, /, **given: object) -> None:
        """Let somebody give a command that a rule refuses."""
        answer = self.api.do(mutation, given, who)
        assert (answer["__typename"], answer.get("rule")) == ("Refused", rule), answer

    def publishes_agreements(self, version: int = 1) -> None:
        """Let the director publish a text of each agreement."""
        for agreement, text in TEXTS.items():
            given = {"agreement": agreement, "text": f"{text} Version {version}."}
            self.does("publishAgreementTemplate", Role.DIRECTOR, **given)

    def signs(self, whose: Somebody) -> None:
        """Send somebody the agreement of their tier, and let them sign it."""
        self.does("sendAgreement", Role.DIRECTOR, membership=whose.membership)
        query = "{ agreementTemplates { agreement version sha256 tiers } }"
        text = next(
            each
            for each in self.ask(query)["agreementTemplates"]
            if whose.tier in each.pop("tiers")
        )
        who = {"signatoryName": "Avery Invented", "capacity": "director"}
        self.does("signAgreement", whose.speaker, membership=whose.membership, **text, **who)

    def applies(self, name: str, tier: str, party_type: PartyType, **more: object) -> Somebody:
        """Let somebody new apply."""
        who = Principal(PrincipalId(f"applies for {name}"), Role.APPLICANT)
        somebody = Somebody(name=name, tier=tier, party_type=party_type, who=who)
        kind = "individual" if party_type.is_person else "organisation"
        details = {"name": name, "partyType": party_type.name, "counties": ["29510"]} | more
        found = self.does(
            "submitApplication",
            who,
            "application { id party { id } }",
            tier=tier,
            statement="We would like to take part.",
            **{kind: details},
        )["application"]
        somebody.application, somebody.party = found["id"], found["party"]["id"]
        self.everybody[name] = somebody
        return somebody

    def is_reviewed(
        self, whose: Somebody, *, works_towards: bool = False, lacks: str | None = None
    ) -> None:
        """Do all that a review takes, with a plan for the first standard if asked.

        Args:
            whose: application it is.
            works_towards: whether the first standard is worked towards.
            lacks: the requirement that is found not met.
        """
        case = {"application": whose.application}
        reviewer = self.coalition.principals[Role.REVIEWER]
        self.does("assignReviewer", Role.DIRECTOR, reviewer=reviewer.id, **case)
        for requirement in POLICY.requirements_for(whose.tier, whose.party_type):
            clause = case | {"requirement": requirement.id}
            if requirement.kind is RequirementKind.PARTY_TYPE:
                continue
            if requirement.kind is RequirementKind.POPULATION_SHARE:
                period = {"periodStart": "2022-01-01", "periodEnd": "2022-12-31"}
                share = {"numerator": 75, "denominator": 100, "basis": "people served"} | period
                self.does("attestPopulationShare", whose.who, **clause, **share)
            else:
                self.does("attachEvidence", whose.who, **clause, description="See the file.")
            self.does("recordFinding", reviewer, **clause, met=requirement.id != lacks)
        for place, standard in enumerate(POLICY.standards_for(whose.tier)):
            measure = case | {"standard": standard.id}
            if works_towards and place == 0:
                due = self.today + timedelta(days=90)
                self.does("assessStandard", reviewer, **measure, assessment="WORKS_TOWARDS")
                plan = {
                    "due": str(due),
                    "steps": "A course for all staff.",
                    "milestones": ["A course is found.", "Everybody has taken it."],
                }
                self.does("openImprovementPlan", reviewer, **measure, **plan)
            else:
                self.does("assessStandard", reviewer, **measure, assessment="EXHIBITS")
        self.is_recommended(whose)

    def is_recommended(self, whose: Somebody) -> None:
        """Let the reviewer recommend somebody's admission."""
        said = {"recommendation": "ADMIT", "reasons": "All that the tier asks for was found."}
        reviewer = self.coalition.principals[Role.REVIEWER]
        self.does("recordReview", reviewer, application=whose.application, **said)

    def comes_along(self, whose: Somebody, milestone: int) -> None:
        """Let somebody's reviewer say that they have come to a milestone of their plan."""
        given = {
            "application": whose.application,
            "standard": POLICY.standards_for(whose.tier)[0].id,
        }
        reviewer = self.coalition.principals[Role.REVIEWER]
        self.does("recordMilestone", reviewer, milestone=milestone, **given)

    def plan(self, whose: Somebody) -> tuple[str, list[bool]]:
        """Return how somebody's plan stands, and which of its milestones are met."""
        query = """query ($id: ID!) { membership(id: $id) {
            improvementPlans { phase milestones { met } } } }"""
        found = self.ask(query, Role.DIRECTOR, id=whose.membership)["membership"]
        (plan,) = found["improvementPlans"]
        return plan["phase"], [each["met"] for each in plan["milestones"]]

    def opens_vote(self, /, **question: object) -> str:
        """Let the director put a question to a vote of a week."""
        closes_on = str(self.today + timedelta(days=7))
        opened = self.does("openVote", Role.DIRECTOR, "vote { id }", closesOn=closes_on, **question)
        vote: str = opened["vote"]["id"]
        return vote

    def closes_vote(self, vote: str, ballots: dict[str, str]) -> None:
        """Let members vote, by their names, and close the vote when the week is over."""
        for name, ballot in ballots.items():
            self.does("castVote", self.everybody[name].speaker, vote=vote, ballot=ballot)
        self.passes(days=8)
        self.does("closeVote", Role.DIRECTOR, vote=vote)

    def is_approved(self, /, **question: object) -> None:
        """Let all partners say yes to an admission, a return or a change of tier at once."""
        vote = self.opens_vote(**question)
        for each in self.everybody.values():
            if each.tier == "collaborative-partner" and each.membership:
                self.does("castVote", each.speaker, vote=vote, ballot="APPROVE")
        self.does("closeVote", Role.DIRECTOR, vote=vote)

    def is_admitted(self, whose: Somebody) -> None:
        """Let the committee admit somebody, who signs."""
        found = self.does(
            "admitMember", Role.COMMITTEE, "membership { id }", application=whose.application
        )
        whose.membership = found["membership"]["id"]
        self.signs(whose)

    def is_listed(self, whose: Somebody) -> None:
        """Let somebody show their name and county."""
        shown = {"name": whose.name, "counties": ["29510"]}
        self.does("publishListing", whose.speaker, party=whose.party, **shown)

    def is_verified(self) -> None:
        """Rebuild the root of the log from the bytes of its entries."""
        query = """query ($after: String) { ledger { head { position rootHash }
            entries(first: 100, after: $after) {
                pageInfo { endCursor hasNextPage } nodes { bytes leafHash } } } }"""
        tree, after, more = Tree(), None, True
        ledger: dict[str, Any] = {}
        while more:
            ledger = self.ask(query, after=after)["ledger"]
            page = ledger["entries"]
            hashes = [leaf_hash(base64.b64decode(each["bytes"])) for each in page["nodes"]]
            assert [each.hex() for each in hashes] == [each["leafHash"] for each in page["nodes"]]
            tree, _ = tree.extend(hashes)
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert tree.frontier.root().hex() == ledger["head"]["rootHash"]
        assert tree.frontier.size == ledger["head"]["position"]
