"""A coalition in which every hidden text is one that stands nowhere else: a canary.

Everything is sent over HTTP, as clients do, so that what the service says and logs of it is there.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import strawberry
from starlette.testclient import TestClient

from domain.membership.membership import AdmitMember
from domain.policy import PartyType, RequirementKind
from domain.terms import ApplicationId, MembershipId, PartyId, PrincipalId
from service.graphql.ids import NodeKind, global_id, own_id
from service.ledger.engine import begin_writing
from service.ledger.reader import read_between
from service.security import issuing
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, Coalition, new_id
from tests.service.graphql.api import Api

NETWORK = "community-network"


class Canaries:
    """The coalition, and the canaries in it.

    Attributes:
        planted: every canary by the field that it was given in, with a number after the first.
        strangers: somebody in each role that none of it concerns.
    """

    def __init__(self, client: TestClient, coalition: Coalition) -> None:
        self.client = client
        self.coalition = coalition
        self.planted: dict[str, str] = {}
        self._serial = itertools.count(1)
        self._keys: dict[str, str] = {}
        self.strangers = {role: Principal(PrincipalId(new_id()), role) for role in Role}
        self.api = Api(coalition)
        self.coalition.clock.advance(days=1)
        self._apply()
        self._live_as_an_organisation()
        self._live_as_a_person()
        self._keep_the_record()

    def text(self, where: str, form: str = "Zaqo{0:04d}xyq") -> str:
        """Return a canary of its own, and remember where it goes."""
        serial = next(self._serial)
        canary = form.format(serial + 4_000)
        self.planted[where if where not in self.planted else f"{where} {serial}"] = canary
        return canary

    def contacts(self, where: str) -> dict[str, str]:
        """Return canaries of a name, an e-mail address and a telephone number."""
        return {
            "name": self.text(f"{where}.name"),
            "email": self.text(f"{where}.email", "zaqo{0:04d}xyq@canary.example"),
            "phone": self.text(f"{where}.phone", "+1 314 907 {0:04d}"),
        }

    def ask(self, query: str, who: Principal | None, **variables: object) -> Any:  # noqa: ANN401
        """Send a document, and return the response."""
        headers = {} if who is None else {"Authorization": f"Bearer {self._key(who)}"}
        body = {"query": query, "variables": variables}
        return self.client.post("/graphql", json=body, headers=headers)

    def do(
        self, mutation: str, given: dict[str, Any], who: Role | Principal, returning: str = ""
    ) -> dict[str, Any]:
        """Send a mutation that is to be accepted."""
        principal = self.coalition.principals[who] if isinstance(who, Role) else who
        name = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{ __typename "
            f"... on {name}Accepted {{ receipt {{ position entryIds }} {returning} }} "
            "... on Rejection { code message } } }"
        )
        envelope = {"commandId": str(uuid.uuid4())}
        body = self.ask(query, principal, input=envelope | given).json()
        answer: dict[str, Any] = body["data"][mutation]
        assert answer["__typename"] == f"{name}Accepted", (mutation, answer)
        return answer

    def _key(self, who: Principal) -> str:
        if who.id not in self._keys:
            with begin_writing(self.coalition.ledger.engine) as connection:
                made = issuing.create(connection, who, "A test", now=datetime.now(UTC))
            self._keys[who.id] = made.text
        return self._keys[who.id]

    def stranger(self) -> Principal:
        """Return somebody who speaks for another member."""
        return self._speaker(self._partner("last")["party"])

    def head(self) -> int:
        """Return the last position of the ledger."""
        body = self.ask("{ ledger { head { position } } }", None).json()
        position: int = body["data"]["ledger"]["head"]["position"]
        return position

    def ids(self) -> Iterator[list[strawberry.ID]]:
        """Yield the global ids of all that there is, as somebody may guess them."""
        ledger = self.coalition.ledger
        with ledger.read() as snapshot:
            entries = list(read_between(snapshot.connection, ledger.opener, 0, snapshot.position))
        streams = sorted({each.envelope.stream for each in entries})
        ids = [
            global_id(kind, stream)
            for stream in streams
            for kind in (NodeKind.PARTY, NodeKind.LISTING, NodeKind.APPLICATION)
        ]
        ids += [global_id(NodeKind.ENTRY, each.envelope.entry_id) for each in entries]
        for start in range(0, len(ids), 100):
            yield ids[start : start + 100]

    def _submit(self, tier: str, who: Principal, details: dict[str, Any]) -> dict[str, Any]:
        given = {"tier": tier, "statement": self.text("submitApplication.statement")} | details
        returning = "application { id party { id } }"
        found: dict[str, Any] = self.do("submitApplication", given, who, returning)["application"]
        return found

    def _apply(self) -> None:
        """Let an organisation apply, be asked, reviewed, declined and appeal; another withdraws."""
        applicant = Principal(PrincipalId(new_id()), Role.APPLICANT)
        reviewer, other = (Principal(PrincipalId(new_id()), Role.REVIEWER) for _ in range(2))
        for each in (reviewer, other):
            self._key(each)
        organisation = {
            "name": self.text("organisation.name"),
            "partyType": "EDUCATION",
            "ein": self.text("organisation.ein", "90777{0:04d}"),
            "counties": ["29510"],
            "sponsoredBy": {
                "unlisted": {
                    "name": self.text("sponsor.name"),
                    "partyType": "GOVERNMENT",
                    "ein": self.text("sponsor.ein", "90777{0:04d}"),
                }
            },
        }
        application = self._submit(NETWORK, applicant, {"organisation": organisation})["id"]
        about = {"application": application}
        for each in (reviewer, other):
            self.do("assignReviewer", about | {"reviewer": each.id}, Role.DIRECTOR)
        self.do("requestInformation", about | self._one("question"), reviewer)
        self.do("provideInformation", about | self._one("answer"), applicant)
        self._delete_file(application, applicant)
        for requirement in POLICY.requirements_for(NETWORK, PartyType.EDUCATION):
            if requirement.kind is RequirementKind.PARTY_TYPE:
                continue
            named = about | {"requirement": requirement.id}
            self.do("attachEvidence", named | self._one("description"), applicant)
            self.do("recordFinding", named | {"met": True} | self._one("note"), reviewer)
        for place, standard in enumerate(POLICY.standards_for(NETWORK)):
            named = about | {"standard": standard.id}
            found = {"assessment": "EXHIBITS" if place else "WORKS_TOWARDS"} | self._one("note")
            self.do("assessStandard", named | found, reviewer)
            if not place:
                plan = {"due": "2023-06-01"} | self._one("steps")
                plan |= {"milestones": [self.text("openImprovementPlan.milestones")]}
                self.do("openImprovementPlan", named | plan, reviewer)
        self.do("declareConflict", about | self._one("details"), other)
        recuse = about | {"reviewer": reviewer.id} | self._one("reason")
        review = about | {"recommendation": "DECLINE"} | self._one("reasons")
        self.do("recordReview", review, reviewer)
        self.do("recuseReviewer", recuse, Role.DIRECTOR)
        clauses = {"clauses": [POLICY.standards_for(NETWORK)[0].id]}
        self.do("declineApplication", about | clauses | self._one("note"), Role.COMMITTEE)
        self.do("fileAppeal", about | self._one("grounds"), applicant)
        again = Principal(PrincipalId(new_id()), Role.APPLICANT)
        person = {"partyType": "INDIVIDUAL", "counties": ["29189"]} | self.contacts("applicant")
        del person["phone"]
        gone = self._submit(NETWORK, again, {"individual": person})["id"]
        self.do("withdrawApplication", {"application": gone} | self._one("reason"), again)

    def _delete_file(self, application: str, applicant: Principal) -> None:
        headers = {"Authorization": f"Bearer {self._key(applicant)}", "Content-Type": "text/plain"}
        content = self.text("evidence").encode()
        sent = self.client.post(f"/evidence/{application}", headers=headers, content=content)
        file = {"application": application, "sha256": sent.json()["sha256"]}
        self.do("deleteEvidenceFile", file | self._one("reason"), applicant)

    def _one(self, name: str) -> dict[str, Any]:
        return {name: self.text(name)}

    def _admit(self, application: str, tier: str, party_type: str) -> str:
        """Review and admit whoever applied; return the membership."""
        own = ApplicationId(own_id(NodeKind.APPLICATION, application) or "")
        self.coalition.review(own, tier, party_type)
        membership = MembershipId(new_id())
        self.coalition.approve(application=own)
        self.coalition.must(AdmitMember(application=own, membership=membership), Role.COMMITTEE)
        return global_id(NodeKind.MEMBERSHIP, membership)

    def _listing(self, where: str) -> dict[str, Any]:
        listed = self.contacts(f"{where}.listing")
        return listed | {
            "description": self.text(f"{where}.description"),
            "counties": ["29095"],
            "populations": [self.text(f"{where}.populations")],
            "services": [self.text(f"{where}.services")],
            "website": self.text(f"{where}.website", "https://zaqo{0:04d}.example"),
        }

    def _live_as_an_organisation(self) -> None:
        applicant = self.coalition.principals[Role.APPLICANT]
        name, ein = self.text("member.name"), self.text("member.ein", "90777{0:04d}")
        organisation = {"name": name, "partyType": "EDUCATION", "ein": ein, "counties": []}
        submitted = self._submit(NETWORK, applicant, {"organisation": organisation})
        membership = self._admit(submitted["id"], NETWORK, "education")
        party = {"party": submitted["party"]["id"]}
        speaker = self._speaker(party["party"])
        agreement = POLICY.agreement_for(NETWORK).id
        version, sha256 = self.coalition.publish(agreement, "Be kind.")
        self.do("sendAgreement", {"membership": membership}, Role.DIRECTOR)
        signed = {"agreement": agreement, "version": version, "sha256": sha256}
        signed |= self._one("signatoryName") | self._one("capacity")
        self.do("signAgreement", {"membership": membership} | signed, speaker)
        contacts = self.contacts("representative") | self._one("capacity")
        self.do("appointRepresentative", party | contacts, Role.DIRECTOR)
        self._rename(party, speaker)
        self.do("addAlias", party | self._one("alias"), speaker)
        self._change(party)
        self._keep_safe(party, speaker, "organisation")
        taken = {"membership": membership, "tookPartOn": "2023-03-02"} | self._one("occasion")
        recorded = self.do("recordParticipation", taken, Role.DIRECTOR)
        wrong = {"membership": membership, "entry": recorded["receipt"]["entryIds"][0]}
        self.do("withdrawParticipation", wrong | self._one("reason"), Role.DIRECTOR)
        suspended = {"clauses": [POLICY.standards_for(NETWORK)[0].id]}
        suspended |= self._one("reason") | self._one("condition")
        self.do("suspendMembership", {"membership": membership} | suspended, Role.DIRECTOR)
        self.do("fileAppeal", {"membership": membership} | self._one("grounds"), speaker)
        lifted = {"membership": membership} | self._one("reason")
        self.do("liftSuspension", lifted, Role.DIRECTOR)
        self.do("namePartnerLeader", self._partner() | self._one("name"), Role.DIRECTOR)
        self.do("withdrawMembership", lifted | self._one("reason"), speaker)

    def _change(self, party: dict[str, str]) -> None:
        """Let an organisation work in more counties, under another EIN."""
        given: dict[str, Any] = {"counties": ["29510", "29189"]}
        given |= {"ein": self.text("changed.ein", "90777{0:04d}")}
        given |= party | self._one("reason")
        changed = self.do("changeParticulars", given, Role.DIRECTOR)
        entry = {"entry": changed["receipt"]["entryIds"][0]}
        given |= {"ein": self.text("corrected.ein", "90777{0:04d}"), "counties": ["29189"]}
        self.do("correctParticulars", given | entry | self._one("reason"), Role.DIRECTOR)
        tie = party | {"affiliate": self._partner()["party"], "affiliation": "SPONSORED_BY"}
        self.do("declareAffiliation", tie, Role.DIRECTOR)
        self.do("endAffiliation", tie | self._one("reason"), Role.DIRECTOR)

    def _partner(self, end: str = "first") -> dict[str, str]:
        tier = {"tiers": ["collaborative-partner"]}
        query = f"""query ($filter: MembershipFilter) {{
            memberships(filter: $filter, {end}: 1) {{ nodes {{ party {{ id }} }} }} }}"""
        found = self.ask(query, self.coalition.principals[Role.DIRECTOR], filter=tier).json()
        return {"party": found["data"]["memberships"]["nodes"][0]["party"]["id"]}

    def _live_as_a_person(self) -> None:
        applicant = self.coalition.principals[Role.APPLICANT]
        person = {"partyType": "INDIVIDUAL", "counties": ["29189"]} | self.contacts("person")
        del person["phone"]
        submitted = self._submit(NETWORK, applicant, {"individual": person})
        self._admit(submitted["id"], NETWORK, "individual")
        party = {"party": submitted["party"]["id"]}
        speaker = self._speaker(party["party"])
        self._rename(party, speaker)
        query = (
            "query ($id: ID!) { node(id: $id) { ... on Party { particulars { entry { id } } } } }"
        )
        found = self.ask(query, self.coalition.principals[Role.DIRECTOR], id=party["party"]).json()
        entry = {"entry": found["data"]["node"]["particulars"][0]["entry"]["id"]}
        given = party | entry | {"counties": ["29510"]} | self._one("reason")
        self.do("correctParticulars", given, Role.DIRECTOR)
        self._keep_safe(party, speaker, "individual")

    def _rename(self, party: dict[str, str], speaker: Principal) -> None:
        """Call a party by another name, which was misspelt at first."""
        renamed = self.do("renameParty", party | self._one("name"), speaker)
        entry = {"entry": renamed["receipt"]["entryIds"][0]}
        texts = self._one("name") | self._one("reason")
        self.do("correctPartyName", party | entry | texts, speaker)

    def _keep_safe(self, party: dict[str, str], speaker: Principal, kind: str) -> None:
        """List a party, and hold it, so that nothing that it lists may be seen."""
        shown = self._listing(kind)
        if kind == "organisation":
            self.do("addAlias", party | {"alias": shown["name"]}, speaker)
        self.do("publishListing", party | shown, speaker)
        self.do("recordAddress", party | self._one("address"), speaker)
        given = self._one("recipient") | self._one("purpose")
        self.do("discloseAddress", party | given, Role.DIRECTOR)
        self.do("holdListing", party | self._one("reason"), speaker)

    def _speaker(self, party: str) -> Principal:
        return self.coalition.representative(PartyId(own_id(NodeKind.PARTY, party) or ""))

    def _keep_the_record(self) -> None:
        self.do("appointDirector", self._one("name"), Role.DIRECTOR)
        recorded = {"text": "It began.", "source": "Minutes.", "precision": "DAY"}
        recorded |= {"effectiveOn": "2023-03-01"}
        entry = self.do("recordHistory", recorded, Role.DIRECTOR)["receipt"]["entryIds"][0]
        corrected = {"entry": entry, "field": "source"}
        corrected |= {"value": "The minutes."} | self._one("reason")
        self.do("correctEntry", corrected, Role.DIRECTOR)
        self.do("withdrawEntry", {"entry": entry} | self._one("reason"), Role.DIRECTOR)
        self.do("clearText", self._one("text") | self._one("reason"), Role.COMMITTEE)
