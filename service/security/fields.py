"""Who may read each field of the schema. A field that is not here is read by nobody.

Members of interfaces are listed with each type that has them, since what counts at run time is
the type of the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from service.security.accepted import ACCEPTED
from service.security.audiences import Audience

HELD_BY: Final[Mapping[str, Audience]] = MappingProxyType(
    {
        "Organisation": Audience.ASKED,
        "Individual": Audience.ASKED,
        "PartyName": Audience.STAFF,
        "PartyParticular": Audience.STAFF,
        "PartyAffiliation": Audience.REVIEW,
        "ListingHold": Audience.STAFF,
        "AddressDisclosure": Audience.KEEPER,
        "Representative": Audience.STAFF,
        "Application": Audience.CASE,
        "DueDate": Audience.CASE,
        "Appeal": Audience.CASE,
        "Participation": Audience.STAFF,
        "MemberPlan": Audience.STAFF,
        "Milestone": Audience.STAFF,
        "Evidence": Audience.STAFF,
        "InformationRequest": Audience.STAFF,
        "Waiting": Audience.CASE,
        "PopulationShare": Audience.ASKED,
        "MemberStandard": Audience.STAFF,
        "Review": Audience.JUDGES,
        "Finding": Audience.JUDGES,
        "StandardAssessment": Audience.JUDGES,
        "ImprovementPlan": Audience.REVIEW,
        "Decline": Audience.ASKED,
        "Disclosure": Audience.REVIEW,
        "InterestConflict": Audience.REVIEW,
        "Grievance": Audience.INVOLVED,
        "CastBallot": Audience.COUNT,
        "Webhook": Audience.SUBSCRIBER,
        "ParkedDelivery": Audience.SUBSCRIBER,
        "ChangedReviewQueue": Audience.QUEUE,
        "ApiKey": Audience.HOLDER,
    }
)
"""Who ever gets an object of a type; anybody, of the types that are not here.

A field may be declared non-null only where everybody who gets the object may read it.
"""

_PUBLIC: Final = """
ApiKeyConnection: edges nodes pageInfo totalCount
ApiKeyEdge: cursor node
GrievanceConnection: edges nodes pageInfo totalCount
GrievanceEdge: cursor node
StandingChange: entry since standing until vote
Agreement: key name tiers
AgreementTemplate: agreement publishedOn sha256 text tiers version
Checkpoint: note rootHash size
ClassRules: membershipClass name standards
Coalition: foundedOn id name policy seats timeZone version
CommandIdReused: code message
ConfidentialEntry: bytes id leafHash position publicData recordedOn
Conflict: actualVersion code expectedVersion message
ConsistencyProof: fromSize hashes toSize
County: fips name region state
EntryConnection: edges nodes pageInfo totalCount
EntryEdge: cursor node
AppealConnection: edges nodes pageInfo totalCount
AppealEdge: cursor node
ApplicationConnection: edges nodes pageInfo totalCount
ApplicationEdge: cursor node
DueDateConnection: edges nodes pageInfo totalCount
DueDateEdge: cursor node
Head: position recordedAt rootHash
InclusionProof: hashes leafIndex treeSize
Attestation: attestedAt digest model position rows version
Ledger: attestations checkpoint consistencyProof entries entry head inclusionProof origin publicKeys
Listing: counties description email fields id kind listedOn membership name phone populations
    services since standing tier website
ListingConnection: edges nodes pageInfo totalCount
ListingEdge: cursor node
Membership: agreement agreements basis evidence history id listing membershipClass mergedInto
    sentVersion since standing standingSince standings status tier version
MembershipChange: entry fields membership
MembershipChangeConnection: edges nodes pageInfo totalCount
MembershipChangeEdge: cursor node
FieldChange: after before field
MembershipConnection: edges nodes pageInfo totalCount
MembershipEdge: cursor node
Mutation: createKey revokeKey rotateKey
    mergeParties separateParties registerWebhook removeWebhook replayWebhook
    rotateWebhookSecret acceptSeat expireApplication expireSeatOffer offerSeat provideInformation
    requestInformation waitlistApplication withdrawApplication fileGrievance resolveGrievance
    liftSuspension reinstateMembership suspendMembership terminateMembership withdrawMembership
    addAlias correctPartyName decideAppeal endAffiliation endRepresentation fileAppeal renameParty
    admitMember adoptPolicy answerTermination appointDirector appointRepresentative assessStandard
    assignReviewer attachEvidence attestPopulationShare castVote changeNaming changeParticulars
    changeTier clearText
    closeVote correctEntry correctParticulars declareAffiliation declareConflict declineApplication
    deleteEvidenceFile discloseAddress dissolveWorkgroup endFunding endTerm recordAddress
    erasePerson expungeValue formWorkgroup holdListing namePartnerLeader openImprovementPlan
    openVote publishAgreementTemplate releaseListing
    publishLibraryItem publishListing publishStandards recordFinding recordFunding recordHistory
    recordReview recuseReviewer requestTierChange sendAgreement setSeats signAgreement
    submitApplication transferHome withdrawEntry withdrawListing
NotAllowed: code message
OpenEntry: actor bytes corrections effectiveOn id leafHash policy position publicData recordedAt
    recordedOn stream type version
PageInfo: endCursor hasNextPage hasPreviousPage startCursor
Policy: adoptedOn agreements basis classes coreValues counties id key mission name reference
    regions sha256 text tiers timeZone version vision
PublicKey: keyId name verifierKey
ChangedMembership: membership position
NewEntries: entries position
Query: rateLimit
RateLimit: cost limit remaining restoredInSeconds
Subscription: entries membershipChanged
ChangedReviewQueue: position
Query: assetMap statistics
    agreementTemplates application applications changesBetween coalition directory dueDates
    governance grievances ledger membership memberships node nodes policies policy tiers viewer
    vote votes webhooks keys
Receipt: entries entryIds leafHashes position
Refused: code field message rule unmet
Region: counties key name
Membership: renewal resigning
Mutation: closeImprovementPlan recordMilestone renewMembership recordParticipation
    withdrawParticipation
Renewal: graceEnds opensOn phase termEnds
Resigning: agreement signBy version
Requirement: appliesTo key kind share text
RequirementEvidence: requirement
ShareOfVotes: denominator numerator strict
ShareRule: minimumPercent population
SignedAgreement: agreement entry sha256 signedOn version
Standard: key name
StandardEvidence: standard
StandingEvidence: agreement decision policy requirements standards vote
Tier: agreement applicationRequired commitment key membershipClass name number partyTypes
    participation participationDays populationServed requirements responsibility selection
    standards typeText
Tally: abstain against approve
TierSeats: limit offered taken tier waiting
UnmetRequirement: clause message satisfiedBy
Viewer: party principal role
Vote: application byFallback closedOn closesOn directorVotes history id kind openedOn outcome
    phase policy proposalSha256 quorum quorumMet tally tallyMinimumElectorate threshold
    thresholdMet version
VoteConnection: edges nodes pageInfo totalCount
VoteEdge: cursor node
Correction: entry field original
Funding: corrections entry id since until version withdrawal
Governance: coalition director funding history leaders library partners roster standards workgroups
Asset: county organisations service
CountyCount: county organisations
PartyTypeCount: countedOn members partyType
RegionCount: organisations region
Statistics: byCounty byPartyType byRegion byTier members
TierCount: members tier
HistoricalClaim: contradictedBy contradicts corrections entry happenedOn id source text version
    withdrawal
PartialDate: firstDay lastDay precision text
Publication: basedOn corrections entry id kind link publishedOn sha256 source supersededBy
    supersedes title version wave withdrawal workgroup
TermOfOffice: entry id name office since until version
Workgroup: corrections dissolvedOn entry formedOn id name purpose source version withdrawal
Withdrawal: entry on
"""

_MEMBER: Final = """
Coalition: source
Vote: proposal
Funding: endSource funder source stipulations
"""

_CASE: Final = """
Membership: appeal
DueDate: about dueOn kind overdue waitingOn
Application: expiredBy waiting
Waiting: days expiresOn on pausedDays place since
Appeal: about ageDays decidedOn filedOn outcome phase vote waitingOn
Application: ageDays appeal clauses decidedOn history id kind phase phaseSince submittedAt
    submittedOn tier version vote
"""

_QUEUE: Final = """
Application: reviewers
Query: appeals organisationsNamed reviewQueue
ChangedReviewQueue: reviewQueue
Subscription: reviewQueueChanged
"""

_STAFF: Final = """
Grievance: decision member role text
StandingChange: condition reason
Withdrawal: reason
Appeal: grounds
Application: applicant evidence informationRequests membership reason sponsor statement
    withdrawalReason
Evidence: deletion description entry kept requirement sha256
Individual: hold isErased listing membership nameCorrections nameEntry particularCorrections
    particulars partyType
InformationRequest: answer answeredOn askedOn due question
Listing: party
MemberStandard: assessment standard
Organisation: counties ein formerRepresentatives hold listing membership mergedInto
    nameCorrections nameEntry names particularCorrections particulars partyType parts
    representatives unmet
PartyParticular: counties ein entry partyType since what
ListingHold: reason since
Membership: application credential participation representatives standards
Membership: improvementPlans isImproving
MemberPlan: dueOn milestones phase standard steps
Milestone: met text
Participation: asked days owed owedBefore
PartyName: entry name since use
Representative: capacity isErased person since until
RequirementEvidence: evidence populationShare
SignedAgreement: capacity
StandardEvidence: assessment
StandingEvidence: application
TermOfOffice: party person
"""

_ASKED: Final = """
Application: decline party populationShares
Decline: clauses unmet
Individual: id registeredOn version
Membership: party
Organisation: id name registeredOn version
PopulationShare: basis denominator entry numerator periodEnd periodStart requirement
StandingChange: clauses
"""

_JUDGES: Final = """
Application: review
Finding: met requirement
Review: assessments conflicted decline findings reasons recommendation version
StandardAssessment: assessment standard
"""

_HEARD: Final = """
Vote: answer clauses reason termination
"""

_REVIEW: Final = """
Application: einHeld
Coalition: fiscalSponsor home
InterestConflict: declarer details party
ConfidentialEntry: actor disclosures effectiveOn erased policy recordedAt stream type version
Decline: note
Individual: affiliations
Organisation: affiliations
PartyAffiliation: affiliate affiliation declaredBy recuses since
Disclosure: digest encoded path salt value
Finding: entry note
ImprovementPlan: due entry standard steps
OpenEntry: disclosures erased
Review: conflicts plans recused reviewers
RequirementEvidence: finding
StandardAssessment: entry note
StandardEvidence: assessed plan
Vote: conflicts electorate recused
"""

_PERSONAL: Final = """
Individual: counties email name
Representative: email name phone
SignedAgreement: signatoryName
TermOfOffice: recordedName
"""


_INVOLVED: Final = """
Grievance: against filedOn id outcome resolution resolvedOn version
"""

_VOTER: Final = """
Vote: ownBallot
"""

_OWNER: Final = """
Individual: address
Organisation: address
"""

_KEEPER: Final = """
AddressDisclosure: on purpose recipient
Individual: addressDisclosures
Organisation: addressDisclosures
"""

_SUBSCRIBER: Final = """
ParkedDelivery: entry parkedAt position reason
Webhook: failedAttempts generation id nextAttemptAt parked position reason registeredOn types
    url version
"""

_HOLDER: Final = """
ApiKey: active belongsTo createdAt createdBy expiresAt issuer label lastUsedOn party person prefix
    principal replaces revokedAt revokedBy role scopes
"""

_COUNT: Final = """
CastBallot: ballot membership
Vote: ballots counted
"""


def _declared(audience: Audience, table: str) -> Iterator[tuple[str, Audience]]:
    type_name = ""
    for word in table.split():
        if word.endswith(":"):
            type_name = word[:-1]
        else:
            yield f"{type_name}.{word}", audience


FIELDS: Final[Mapping[str, Audience]] = MappingProxyType(
    dict(
        declared
        for audience, table in (
            (Audience.PUBLIC, _PUBLIC),
            (Audience.PUBLIC, ACCEPTED),
            (Audience.MEMBER, _MEMBER),
            (Audience.CASE, _CASE),
            (Audience.QUEUE, _QUEUE),
            (Audience.STAFF, _STAFF),
            (Audience.ASKED, _ASKED),
            (Audience.REVIEW, _REVIEW),
            (Audience.JUDGES, _JUDGES),
            (Audience.HEARD, _HEARD),
            (Audience.PERSONAL, _PERSONAL),
            (Audience.INVOLVED, _INVOLVED),
            (Audience.VOTER, _VOTER),
            (Audience.OWNER, _OWNER),
            (Audience.KEEPER, _KEEPER),
            (Audience.SUBSCRIBER, _SUBSCRIBER),
            (Audience.HOLDER, _HOLDER),
            (Audience.COUNT, _COUNT),
        )
        for declared in _declared(audience, table)
    )
)
"""The audience of each field, by ``Type.field``."""
