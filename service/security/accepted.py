"""The fields of what accepted commands answer with, as `service.security.fields` declares them.

Whoever gets an answer gave the command; what the objects in it show is declared with their types.
"""

from __future__ import annotations

from typing import Final

ACCEPTED: Final = """
MergePartiesAccepted: party receipt
SeparatePartiesAccepted: party receipt
AcceptSeatAccepted: membership receipt
AddAliasAccepted: party receipt
AdmitMemberAccepted: membership receipt
AdoptPolicyAccepted: coalition policy receipt
AppointDirectorAccepted: receipt term
AppointRepresentativeAccepted: party receipt
AssessStandardAccepted: application receipt
AssignReviewerAccepted: application receipt
AttachEvidenceAccepted: application receipt
AttestPopulationShareAccepted: application receipt
CastVoteAccepted: receipt vote
ChangeNamingAccepted: receipt term
ChangeParticularsAccepted: party receipt
ChangeTierAccepted: membership receipt
ClearTextAccepted: receipt
CloseVoteAccepted: receipt vote
CorrectEntryAccepted: entry receipt
CorrectParticularsAccepted: party receipt
CorrectPartyNameAccepted: party receipt
DecideAppealAccepted: application membership receipt
DeclareAffiliationAccepted: party receipt
DeclareConflictAccepted: application receipt vote
DeclineApplicationAccepted: application receipt
DeleteEvidenceFileAccepted: application receipt
DiscloseAddressAccepted: address party receipt
DissolveWorkgroupAccepted: receipt workgroup
EndAffiliationAccepted: party receipt
EndFundingAccepted: funding receipt
EndRepresentationAccepted: party receipt
EndTermAccepted: receipt term
ErasePersonAccepted: person receipt
ExpireApplicationAccepted: application receipt
ExpireSeatOfferAccepted: application receipt
ExpungeValueAccepted: entry receipt
AnswerTerminationAccepted: receipt vote
FileAppealAccepted: application membership receipt
FileGrievanceAccepted: grievance receipt
FormWorkgroupAccepted: receipt workgroup
HoldListingAccepted: party receipt
LiftSuspensionAccepted: membership receipt
NamePartnerLeaderAccepted: receipt term
OfferSeatAccepted: application receipt
OpenImprovementPlanAccepted: application receipt
OpenVoteAccepted: receipt vote
ProvideInformationAccepted: application receipt
PublishAgreementTemplateAccepted: receipt template
PublishLibraryItemAccepted: publication receipt
PublishListingAccepted: listing party receipt
PublishStandardsAccepted: publication receipt
RecordAddressAccepted: party receipt
RecordFindingAccepted: application receipt
RecordFundingAccepted: funding receipt
RecordHistoryAccepted: claim receipt
RecordParticipationAccepted: membership receipt
RecordReviewAccepted: application receipt
RecuseReviewerAccepted: application receipt
RegisterWebhookAccepted: receipt secret webhook
ReinstateMembershipAccepted: membership receipt
ReleaseListingAccepted: party receipt
RemoveWebhookAccepted: receipt
RenamePartyAccepted: party receipt
CloseImprovementPlanAccepted: application receipt
RecordMilestoneAccepted: application receipt
RenewMembershipAccepted: membership receipt
ReplayWebhookAccepted: receipt webhook
RequestInformationAccepted: application receipt
RequestTierChangeAccepted: application receipt
ResolveGrievanceAccepted: grievance receipt
RotateWebhookSecretAccepted: receipt secret webhook
SendAgreementAccepted: membership receipt
SetSeatsAccepted: coalition receipt
SignAgreementAccepted: membership receipt
SubmitApplicationAccepted: application receipt
SuspendMembershipAccepted: membership receipt
TerminateMembershipAccepted: membership receipt
TransferHomeAccepted: coalition receipt
WaitlistApplicationAccepted: application receipt
WithdrawApplicationAccepted: application receipt
WithdrawEntryAccepted: entry receipt
WithdrawListingAccepted: party receipt
WithdrawMembershipAccepted: membership receipt
WithdrawParticipationAccepted: membership receipt
CreateKeyDone: doneAt key secret
RevokeKeyDone: doneAt key
RotateKeyDone: doneAt key secret
"""
