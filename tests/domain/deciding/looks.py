"""What rules look at, by the names that their parameters have for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from domain.catalog import EVENT_TYPES, State
from domain.coalition.coalition import AdoptPolicy, FoundCoalition
from domain.coalition.correction import CorrectEntry, Corrections, WithdrawEntry
from domain.coalition.erasure import ErasePerson
from domain.coalition.funding import Funding
from domain.coalition.history import Claim
from domain.coalition.leadership import Term
from domain.coalition.mandate import Mandate
from domain.coalition.publications import Publication
from domain.coalition.recusal import interested_parties
from domain.coalition.vote import Vote
from domain.coalition.webhook import RegisterWebhook, Webhook
from domain.coalition.workgroup import Workgroup
from domain.ledger.disclosure import Event, hidden_fields, revealed_or
from domain.membership.appealing import still_contested
from domain.membership.application import Application
from domain.membership.contest import Contestable
from domain.membership.grievance import Grievance
from domain.membership.leaving import Written
from domain.membership.membership import Membership
from domain.membership.original import Original
from domain.membership.party import Party
from domain.membership.waiting import AWAITED, OfferSeat
from domain.policy import Policy, VoteKind
from domain.terms import ApplicationKind, PartyId, PrincipalId
from tests.domain.deciding import cases
from tests.domain.deciding.asked import Asked

Look: TypeAlias = Callable[[Asked], Any]

OWNER: Final = PrincipalId("a portal")
"""Who registers every webhook."""

_KNOWN: Final = [name for name, event in EVENT_TYPES.items() if not event.confidential]


def _named(kind: Callable[..., State], field: str) -> Look:
    """Look at the state that a field of the command names, if it names any."""

    def look(asked: Asked) -> State | None:
        stream = getattr(asked.command, field)
        return None if stream is None else asked.world.of(kind, stream)

    return look


def _policy(asked: Asked) -> Policy:
    brings = isinstance(asked.command, FoundCoalition | AdoptPolicy)
    return (asked.proposal if brings else None) or asked.world.policy


def _mandate(asked: Asked) -> Mandate:
    return Mandate(in_force=asked.world.policy, vote=asked.vote, named=asked.command.vote)


def _sponsor(asked: Asked) -> Party | None:
    """Look at a sponsor as if it were not known, where it is not listed."""
    details = asked.command.organisation
    named = None if details is None else details.sponsored_by
    if named is None:
        return None
    found = asked.world.party(named.party)
    shown = named.unlisted is not None or (found.is_listed and not found.is_held)
    return found if shown else Party(id=named.party)


def _former(asked: Asked) -> Membership | None:
    """Look at the membership of a party that has ended, found without the register."""
    held = [each for each in asked.world.memberships() if each.party == asked.party.id]
    ended = [each for each in held if each.standing.ended is not None]
    return max(ended, key=lambda each: (each.last_effective, each.id), default=None)


def _against(asked: Asked) -> Vote | None:
    """Look at the last vote on what is withdrawn, where the director says that it is."""
    return asked.vote if asked.world.by_director else None


def _written(asked: Asked) -> Written | None:
    held = _held(asked) if isinstance(asked.command, ErasePerson) else asked.membership
    if held is None or not asked.world.by_director:
        return None
    return Written(
        ending=asked.last_vote(held.id, VoteKind.TERMINATION),
        appeal=asked.last_vote(held.id, VoteKind.APPEAL),
    )


def _contested(asked: Asked) -> Contestable | None:
    """Look at what may still be appealed of whoever leaves or is erased, found by no register."""
    person = PartyId(asked.command.person) if isinstance(asked.command, ErasePerson) else None
    own = [each for each in asked.world.memberships() if person and each.party == person]
    found = (
        still_contested(each, cases.written_on(each, asked), asked.moment.today, asked.world.policy)
        for each in own or ([] if person else [asked.membership])
    )
    return next((each for each in found if each is not None), None)


def _waitlist(asked: Asked) -> list[Any]:
    line = asked.world.register.line.waiting_for(asked.application.tier)
    offers = [OfferSeat(application=each) for each in line]
    return [cases.case(asked._replace(command=each)) for each in offers]


def _held(asked: Asked) -> Membership | None:
    """Look at somebody's own membership, or one that an appeal may bring back, by no register."""
    own = [each for each in asked.world.memberships() if each.party == asked.command.person]
    kept = (each for each in own if each.standing.ended is None or each.standing.may_be_back)
    return next(kept, None)


def _applied(asked: Asked) -> list[Application]:
    """Look at what somebody asks to be admitted by, found without the register."""
    return [
        each
        for each in asked.world.states.values()
        if isinstance(each, Application)
        and each.party == asked.command.person
        and each.kind is ApplicationKind.ADMISSION
        and each.phase in AWAITED
    ]


def _hosts(asked: Asked) -> list[Party]:
    hosts = (asked.command.home, asked.command.fiscal_sponsor)
    return [asked.world.party(each) for each in hosts if each]


def _contradicted(asked: Asked) -> list[Claim]:
    return [asked.world.of(Claim, each) for each in asked.command.contradicts]


def _present(asked: Asked) -> Term | int | None:
    """Look at the director, or count the webhooks of whoever registers another."""
    if isinstance(asked.command, RegisterWebhook):
        held = asked.world.webhooks()
        return sum(each.owner == OWNER and not each.is_removed for each in held)
    director = asked.world.register.director
    return None if director is None else asked.world.of(Term, director)


def _event(asked: Asked) -> Event:
    found = asked.world.entry(asked.command.entry)
    assert found is not None
    return found.event


def _original(asked: Asked) -> Event | Original | None:
    of_record = isinstance(asked.command, CorrectEntry | WithdrawEntry)
    return _event(asked) if of_record else cases.original(asked)


def _effective(asked: Asked) -> date:
    found = asked.world.entry(asked.command.entry)
    assert found is not None
    return found.envelope.effective


def _is_needed(asked: Asked) -> bool:
    entry, field = asked.command.entry, asked.command.field
    return field in hidden_fields(type(_event(asked))) and asked.world.needs(entry, field)


def _is_claimed(asked: Asked) -> bool:
    found = asked.world.entry(asked.command.entry)
    assert found is not None
    ein = getattr(found.event, asked.command.field, None) if asked.command.field == "ein" else None
    return asked.world.register.claims(PartyId(found.envelope.stream), revealed_or(ein, None))


def _about(asked: Asked) -> Vote | Membership | None:
    found = asked.world.entry(asked.command.entry)
    assert found is not None
    state = asked.world.states[found.envelope.stream]
    return state if isinstance(state, Vote | Membership) else None


def _interested(asked: Asked) -> frozenset[PartyId]:
    world, party = asked.world, asked.application.party
    parties = [world.party(each) for each in (party, *world.register.parts(party))]
    return world.register.with_survivors(interested_parties(parties, world.coalition))


def _partner(asked: Asked) -> Membership | None:
    held = asked.world.register.membership_of(asked.command.party)
    return None if held is None else asked.world.membership(held)


def _files(asked: Asked) -> dict[str, str]:
    """Look at the files that are kept; each has an id that tells of its hash."""
    sent = asked.world.files
    return {
        sha256: sha256[:32] for of, sha256 in sent if of == asked.command.application and sha256
    }


def _is_kept(asked: Asked) -> bool:
    file = _files(asked).get(asked.command.sha256 or "")
    return file is not None and file not in asked.review.deleted_files


LOOKS: Final[Mapping[str, Look]] = MappingProxyType(
    {
        "_": attrgetter("command"),
        "about": _about,
        "affiliate": _named(Party, "affiliate"),
        "against": _against,
        "application": attrgetter("application"),
        "applied": _applied,
        "contested": _contested,
        "ballots": lambda asked: asked.world.ballots(asked.vote.ballots if asked.vote else ""),
        "belongs_to": lambda asked: asked.world.belongs_to.get(asked.command.reviewer, ()),
        "by_director": attrgetter("world.by_director"),
        "case": cases.case,
        "claim": _named(Claim, "claim"),
        "cleared": attrgetter("world.coalition.cleared"),
        "coalition": attrgetter("world.coalition"),
        "command": attrgetter("command"),
        "contradicted": _contradicted,
        "corrections": _named(Corrections, "entry"),
        "custody": attrgetter("world.custody"),
        "effective": _effective,
        "event": _event,
        "files": _files,
        "former": _former,
        "funding": _named(Funding, "funding"),
        "grievance": _named(Grievance, "grievance"),
        "held": _held,
        "hosts": _hosts,
        "interested": _interested,
        "is_another": lambda asked: asked.command.reason is not None,
        "is_claimed": _is_claimed,
        "is_kept": _is_kept,
        "is_known": lambda asked: asked.command.person in asked.world.people,
        "is_needed": _is_needed,
        "known": lambda _: _KNOWN,
        "last_effective": attrgetter("world.coalition.last_effective"),
        "mandate": _mandate,
        "membership": attrgetter("membership"),
        "moment": attrgetter("moment"),
        "of": attrgetter("world.coalition.id"),
        "offices": lambda asked: asked.world.held_by(asked.command.person)[1],
        "original": _original,
        "owner": lambda _: OWNER,
        "partner": _partner,
        "party": attrgetter("party"),
        "policy": _policy,
        "present": _present,
        "publication": _named(Publication, "publication"),
        "question": cases.question,
        "register": attrgetter("world.register"),
        "review": attrgetter("review"),
        "sponsor": _sponsor,
        "speaks_for": lambda asked: asked.world.held_by(asked.command.person)[0],
        "superseded": _named(Publication, "supersedes"),
        "term": _named(Term, "term"),
        "two": cases.two,
        "vote": attrgetter("vote"),
        "votes": lambda asked: cases.votes(asked.world),
        "waitlist": _waitlist,
        "webhook": _named(Webhook, "webhook"),
        "workgroup": _named(Workgroup, "workgroup"),
        "written": _written,
    }
)
