"""Being a member: agreements signed, representatives, listings."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import replace

from domain.decision import RefusalCode
from domain.membership.membership import SendAgreement, SignAgreement
from domain.membership.party import AppointRepresentative, PublishListing, WithdrawListing
from domain.terms import PersonId
from service.demo.cast import Member, Person
from service.demo.scene import DIRECTOR, representative_of
from service.demo.stage import Stage
from service.demo.templates import Template


class Stay(msgspec.Struct, kw_only=True):
    """A time under one agreement, from its signature on.

    Attributes:
        until: when the member comes to a tier with another agreement; ``None`` is never.
    """

    member: Member
    agreement: str
    signed_at: datetime
    until: datetime | None = None

    def lasts(self, at: datetime) -> bool:
        """Whether the member is under the agreement at a time."""
        return self.signed_at <= at and (self.until is None or at < self.until)


def sign(stage: Stage, member: Member, agreement: str, since: date) -> Stay:
    """Add the sending of a tier's agreement and its signature some days later."""
    sent_at, template = send(stage, member, agreement, since)
    signed_at = stage.diary.later(sent_at, 2, 24)
    later_text = stage.templates.current(agreement, signed_at)
    if later_text != template:
        # A new text came out in between, and it is this one that has to be signed.
        template = later_text
        sent_at = stage.diary.later(template.published_at, 1, 2)
        stage.add(sent_at, DIRECTOR, SendAgreement(membership=member.membership))
        signed_at = max(signed_at, stage.diary.later(sent_at, 2, 9))
    stage.add(signed_at, representative_of(member), signature(stage, member, template, signed_at))
    return Stay(member=member, agreement=agreement, signed_at=signed_at)


def send(stage: Stage, member: Member, agreement: str, since: date) -> tuple[datetime, Template]:
    """Add the sending of a tier's agreement; return when it is, and which text."""
    at = stage.diary.later(stage.diary.on(since), 1, 5)
    stage.add(at, DIRECTOR, SendAgreement(membership=member.membership))
    return at, stage.templates.current(agreement, at)


def signature(stage: Stage, member: Member, template: Template, at: datetime) -> SignAgreement:
    """Return the signature of a text by whoever speaks for a member at a time."""
    succession = stage.successions.get(member.key)
    is_successor = succession is not None and succession < at
    return SignAgreement(
        membership=member.membership,
        agreement=template.agreement,
        version=template.version,
        sha256=template.sha256,
        signatory=member.second_person if is_successor else member.person,
        signatory_name=(member.successor if is_successor else member.speaker).name,
        capacity="On my own behalf" if member.is_person else member.capacity,
    )


def sign_an_old_text(stage: Stage, stays: list[Stay]) -> None:
    """Let the first member who joined under a second text sign the first one by mistake."""
    templates = stage.templates
    late = [
        stay
        for stay in sorted(stays, key=lambda each: each.signed_at)
        if templates.current(stay.agreement, stay.signed_at).version > 1
    ]
    at = late[0].signed_at - timedelta(minutes=7)
    old = templates.version(late[0].agreement, 1)
    stage.add(
        at,
        representative_of(late[0].member),
        signature(stage, late[0].member, old, at),
        refused=RefusalCode.AGREEMENT_VERSION,
    )


def appoint(stage: Stage, member: Member, since: date) -> None:
    """Add the appointment of an organisation's first representative, by the director."""
    if not member.is_person:
        at = stage.diary.later(stage.diary.on(since), 1, 3)
        stage.add(at, DIRECTOR, _appointment(member, member.person, member.speaker))


def succeed(stage: Stage, member: Member, month: str) -> None:
    """Add the appointment of another representative, by the organisation itself."""
    at = stage.successions[member.key] = stage.diary.within(month)
    command = _appointment(member, member.second_person, member.successor)
    stage.add(at, representative_of(member), command)


def publish(stage: Stage, member: Member, since: datetime, *, renews: bool) -> None:
    """Add the listing some weeks after a member joined, and sometimes a newer one later."""
    at = stage.diary.later(since, 3, 40)
    shown = _card(stage, member) if member.is_person else listing(stage, member)
    stage.add(at, representative_of(member), shown)
    at = stage.diary.later(at, 300, 420)
    if renews and not member.is_person and stage.happens(4) and at < stage.ends_at:
        newer = replace(shown, description=stage.pen.update(member))
        stage.add(at, representative_of(member), newer)


def withdraw(stage: Stage, member: Member, month: str) -> None:
    """Add the withdrawal of a listing."""
    command = WithdrawListing(party=member.party)
    stage.add(stage.diary.within(month), representative_of(member), command)


def _appointment(member: Member, person: PersonId, who: Person) -> AppointRepresentative:
    return AppointRepresentative(
        party=member.party,
        person=person,
        capacity=member.capacity,
        name=who.name,
        email=who.email,
        phone=member.phone,
    )


def listing(stage: Stage, member: Member) -> PublishListing:
    """Return what an organisation opts in to show."""
    return PublishListing(
        party=member.party,
        name=member.name,
        description=stage.pen.description(member),
        counties=[*member.counties],
        populations=[*member.populations],
        services=[*member.services],
        website=None if stage.happens(7) else member.website,
        email=None if stage.happens(5) else member.email,
        phone=None if stage.happens(4) else member.phone,
    )


def _card(stage: Stage, member: Member) -> PublishListing:
    """Return what a person opts in to show, which is little."""
    return PublishListing(
        party=member.party,
        name=member.name,
        description=stage.pen.introduction(member),
        counties=[*member.counties],
        services=[*member.services],
    )
