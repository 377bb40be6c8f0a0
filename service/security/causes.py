"""What of the staff's commands decides in a party's cause, and is not given in one's own.

Every command that reviewers, the committee or the director may give stands in one of the two
sets. A key of the staff may name the organisation that its holder belongs to (docs/adr/0019).
"""

from __future__ import annotations

from typing import Final

DECISIONS: Final = frozenset(
    {
        # Who judges, of what, and when.
        "AssignReviewer",
        # The director says it of themself at any time.
        "RecuseReviewer",
        # Whoever is tied would be let in again to judge.
        "EndAffiliation",
        "RequestTierChange",
        "RequestInformation",
        "OpenVote",
        # What is found of it.
        "RecordFinding",
        "AssessStandard",
        "OpenImprovementPlan",
        "RecordMilestone",
        "CloseImprovementPlan",
        "RecordReview",
        # What becomes of it.
        "AdmitMember",
        "DeclineApplication",
        "ChangeTier",
        "WaitlistApplication",
        "OfferSeat",
        "DecideAppeal",
        "SuspendMembership",
        "LiftSuspension",
        "TerminateMembership",
        "ReinstateMembership",
        "ResolveGrievance",
        # A membership and its seat pass to another, or end.
        "MergeParties",
        "SeparateParties",
    }
)
"""What nobody gives about their own organisation, or one tied to it."""

SAFETY: Final = frozenset(
    {
        "HoldListing",
        "ReleaseListing",
        "WithdrawListing",
        "RecordAddress",
        "DiscloseAddress",
        "ErasePerson",
        "ExpungeValue",
    }
)
"""What is free to who stands aside, too: somebody may be in danger, or asks to be forgotten."""

STANDING_ASIDE: Final = frozenset({"DeclareConflict", "RecuseReviewer"})
"""By what somebody says that they stand aside, or that another one does."""

OTHERS: Final = frozenset(
    {
        # Nobody is kept from standing aside. What the director says ties their own organisation
        # to others is that one's word in votes about it.
        "DeclareConflict",
        "DeclareAffiliation",
        # Who casts no ballot, each vote's own rules know.
        "CastVote",
        # Somebody may be in danger, or asks to be forgotten.
        "HoldListing",
        "ReleaseListing",
        "WithdrawListing",
        "DiscloseAddress",
        "ErasePerson",
        "ExpungeValue",
        # What the party could do itself, on its behalf.
        "SubmitApplication",
        "AttachEvidence",
        "DeleteEvidenceFile",
        "AttestPopulationShare",
        "ProvideInformation",
        "WithdrawApplication",
        "AcceptSeat",
        "RenewMembership",
        "WithdrawMembership",
        "AppointRepresentative",
        "EndRepresentation",
        "RenameParty",
        "AddAlias",
        "CorrectPartyName",
        "RecordAddress",
        # What is written down as it is. An EIN that was verified is verified anew, by a reviewer.
        "ChangeParticulars",
        "CorrectParticulars",
        "RecordParticipation",
        "WithdrawParticipation",
        "SendAgreement",
        "NamePartnerLeader",
        "ChangeNaming",
        "EndTerm",
        "CorrectEntry",
        "WithdrawEntry",
        "ClearText",
        # What the days or the ballots have decided.
        "ExpireApplication",
        "ExpireSeatOffer",
        "CloseVote",
        # What is the coalition's, and no party's.
        "AdoptPolicy",
        "TransferHome",
        "SetSeats",
        "PublishAgreementTemplate",
        "AppointDirector",
        "FormWorkgroup",
        "DissolveWorkgroup",
        "PublishStandards",
        "PublishLibraryItem",
        "RecordFunding",
        "EndFunding",
        "RecordHistory",
        "RegisterWebhook",
        "RotateWebhookSecret",
        "ReplayWebhook",
        "RemoveWebhook",
    }
)
"""What the staff may give whomever it concerns."""
