"""Agreements: sending and signing the text that a tier asks for."""

from __future__ import annotations

from domain.coalition.coalition import Coalition, Template
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_name,
    refuse_too_early,
    refuse_without_notice,
)
from domain.membership.membership import (
    AgreementSent,
    AgreementSigned,
    Membership,
    SendAgreement,
    SignAgreement,
    refuse_ended,
    refuse_standing,
)
from domain.policy import Policy
from domain.terms import AssentPhase, MembershipStatus


def has_signed(membership: Membership, agreement: str, coalition: Coalition) -> bool:
    """Whether a member signed the current text: a signature is no consent to a later one."""
    current = coalition.templates.get(agreement)
    return current is not None and membership.signed.get(agreement) == current.version


def decide_send_agreement(
    membership: Membership,
    coalition: Coalition,
    command: SendAgreement,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Send the current text of the tier's agreement; one version is sent once.

    Also to a member that is suspended or has left: without the current text signed it does not
    come back. Refuses an unknown membership, one that was merged, an agreement that has no text
    yet, and a day before today, since the days to sign begin with it.
    """
    if refusal := _refuse_membership(membership, policy):
        return refusal
    agreement = policy.agreement_for(membership.tier).id
    current = coalition.templates.get(agreement)
    if current is None:
        return _refuse_no_template(agreement)
    if membership.sent.get(agreement) == current.version:
        return []
    if refusal := (
        refuse_too_early(moment, membership.last_effective) or refuse_without_notice(moment)
    ):
        return refusal
    sent = AgreementSent(agreement=agreement, version=current.version, sha256=current.sha256)
    return [Fact(command.membership, sent)]


def decide_sign_agreement(
    membership: Membership,
    coalition: Coalition,
    command: SignAgreement,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Sign the current text of the tier's agreement, after it was sent.

    While a member is waited for, the text that it was sent is the one to sign, whatever takes its
    place meanwhile: that one is asked for once this is signed. A newer version may be signed at
    any time; it takes the place of the earlier one. It lifts no suspension and brings no
    membership back that has ended.
    Refuses another agreement, version or text, and one that was not sent (invariant 1).
    """
    if refusal := _refuse_membership(membership, policy):
        return refusal
    if not _is_awaited(membership, coalition, command) and (
        refusal := _refuse_other(membership, coalition, command, policy)
    ):
        return refusal
    signed = membership.assent.phase is AssentPhase.SIGNED
    if signed and membership.is_bound_by(command.agreement, command.version):
        return []
    if membership.sent.get(command.agreement) != command.version:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "agreement.sent",
            f"Version {command.version} of {command.agreement} was not sent to the member.",
            "Sending the agreement first.",
        )
    if refusal := refuse_too_early(moment, membership.last_effective):
        return refusal
    signature = AgreementSigned(
        agreement=command.agreement,
        version=command.version,
        sha256=command.sha256,
        signatory=command.signatory,
        capacity=command.capacity,
        signatory_name=command.signatory_name,
    )
    return [Fact(command.membership, signature)]


def _refuse_membership(membership: Membership, policy: Policy) -> Refusal | None:
    # What was merged has no agreement of its own any more.
    standing = (each for each in MembershipStatus if each is not MembershipStatus.MERGED)
    if refusal := refuse_standing(membership, *standing):
        return refusal
    if policy.has_tier(membership.tier):
        return None
    # Only a tier without live members can leave the policy.
    return refuse(
        RefusalCode.POLICY_VERSION,
        "known-tier",
        f"{policy.ref} no longer has the tier {membership.tier}.",
        "A policy version that has the tier.",
    )


def _is_awaited(membership: Membership, coalition: Coalition, command: SignAgreement) -> bool:
    """Whether a live member was sent the text that a command names, and its days for it run."""
    waiting = membership.assent.phase in {AssentPhase.SENT, AssentPhase.RESIGNING}
    return (
        waiting
        and refuse_ended(membership) is None
        and command.agreement == membership.agreement
        and command.version == membership.sent.get(command.agreement)
        and Template(command.version, command.sha256) in coalition.texts[command.agreement]
    )


def _refuse_other(
    membership: Membership, coalition: Coalition, command: SignAgreement, policy: Policy
) -> Refusal | None:
    """Refuse anything but the current text of the tier's agreement."""
    if refusal := _refuse_agreement(membership, command, policy):
        return refusal
    current = coalition.templates.get(command.agreement)
    if current is None:
        return _refuse_no_template(command.agreement)
    if Template(command.version, command.sha256) == current:
        return None
    return refuse(
        RefusalCode.AGREEMENT_VERSION,
        f"{command.agreement}.version",
        "This is not the text to sign.",
        f"Version {current.version} of {command.agreement}, SHA-256 {current.sha256}.",
        field="version" if command.version != current.version else "sha256",
    )


def _refuse_agreement(
    membership: Membership, command: SignAgreement, policy: Policy
) -> Refusal | None:
    known = [each.id for each in policy.agreements]
    if command.agreement not in known:
        return refuse_name("agreement", command.agreement, known)
    asked = policy.agreement_for(membership.tier).id
    if command.agreement == asked:
        return None
    return refuse(
        RefusalCode.AGREEMENT_VERSION,
        f"{membership.tier}.agreement",
        f"The tier of the membership asks for {asked}.",
        f"Signing {asked}.",
        field="agreement",
    )


def _refuse_no_template(agreement: str) -> Refusal:
    return refuse(
        RefusalCode.AGREEMENT_VERSION,
        f"{agreement}.template",
        f"{agreement} has no text yet.",
        "Publishing a text of the agreement.",
    )
