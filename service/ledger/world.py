"""The states that rules look at, kept between commands; used by the writer alone.

A state is folded from its stream when first needed and evolved with every entry after
that. Whatever a transaction touched that did not commit is dropped, and folded again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final, Protocol, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.catalog import State, StateKind, empty_state, evolve, kind_of
from domain.coalition.ballots import Ballots
from domain.coalition.coalition import Coalition, policy_of_day
from domain.coalition.correction import Corrections
from domain.coalition.custody import Custody, custody_stream
from domain.coalition.funding import Funding
from domain.coalition.history import Claim
from domain.coalition.leadership import Term
from domain.coalition.publications import Publication
from domain.coalition.vote import Vote
from domain.coalition.webhook import Webhook
from domain.coalition.workgroup import Workgroup
from domain.ledger.disclosure import Event, hidden_fields
from domain.ledger.recorded import Recorded
from domain.membership.application import Application
from domain.membership.grievance import Grievance
from domain.membership.membership import Membership
from domain.membership.party import Party
from domain.membership.register import Register
from domain.membership.review import Review
from domain.policy import Policy, VoteKind
from domain.terms import BallotsId, PartyId, PrincipalId
from projections import webhooks
from projections.party_names import name_key
from service.ledger import lookups
from service.ledger.folding import folded, needs
from service.ledger.reader import StreamReader
from service.ledger.sql import Statement

_CACHED_STATES: Final = 50_000
_READ_TOGETHER: Final = 500
_OUTSIDE: Final = "states are read inside a transaction only"

Cursors: TypeAlias = tuple[DBAPICursor, DBAPICursor]

S = TypeVar("S", bound=State)


class LoadRegister(Protocol):
    """Reads the roll of live memberships from the views."""

    def __call__(self, connection: Connection, blind: Callable[[str], str]) -> Register:
        """Return the register as of the transaction."""
        ...


class World:
    """Everything that a command may depend on, as of the commands before it."""

    def __init__(
        self,
        *,
        dialect: Dialect,
        streams: StreamReader,
        coalition: str,
        blind: Callable[[str], str],
        load_register: LoadRegister,
    ) -> None:
        self._streams = streams
        self._coalition = coalition
        self._blind = blind
        self._load_register = load_register
        self._count_webhooks = Statement(dialect, webhooks.COUNT)
        self._find_named = Statement(dialect, lookups.NAMED)
        self._register: Register | None = None
        # Of a stream that has no entries yet it is remembered, too, that there is none.
        self._states: OrderedDict[str, State | None] = OrderedDict()
        self._touched: set[str] = set()
        self._policies: dict[str, Policy] = {}
        self._asked: list[str] = []
        self._asked_entries: list[str] = []
        self._entries: dict[str, Recorded | None] = {}
        self._connection: Connection | None = None
        self._cursor: DBAPICursor | None = None

    def prepare(self, cursor: DBAPICursor) -> None:
        """Have the database prepare what is read, by reading nothing."""
        self._streams.ask(cursor, [])
        self._streams.ask_entries(cursor, [])
        self._count_webhooks.run(cursor, {"owner": ""})
        self._find_named.run(cursor, {"term": ""})

    def ask(self, cursors: Cursors, named: Iterable[str], entries: Iterable[str]) -> None:
        """Send for what commands name and nobody knows yet; `begin` takes it in.

        Args:
            cursors: of their own, one for streams and one for entries.
            named: streams.
            entries: ids of entries.
        """
        self._asked = [stream for stream in named if stream not in self._states]
        if self._asked:
            self._streams.ask(cursors[0], self._asked)
        self._asked_entries = list(entries)
        if self._asked_entries:
            self._streams.ask_entries(cursors[1], self._asked_entries)

    def begin(self, connection: Connection, cursor: DBAPICursor, asked: Cursors) -> None:
        """Enter a transaction, with what `ask` has sent for on cursors of its own."""
        self._connection = connection
        self._cursor = cursor
        if self._asked:
            self._take_in(self._streams.take(asked[0], self._asked))
        if self._asked_entries:
            self._entries = self._streams.take_entries(asked[1], self._asked_entries)

    def commit(self) -> None:
        """Keep what the transaction touched."""
        self._end()
        while len(self._states) > _CACHED_STATES:
            self._states.popitem(last=False)

    def rollback(self) -> None:
        """Drop what the transaction touched: it did not happen."""
        for stream in self._touched:
            self._states.pop(stream, None)
        self._end()
        self._register = None

    @property
    def coalition(self) -> Coalition:
        """The coalition; its version is 0 before the founding."""
        return self._state("coalition", self._coalition, Coalition)

    @property
    def custody(self) -> Custody:
        """What is known of the log itself."""
        return self._state("ledger", custody_stream(self._coalition), Custody)

    @property
    def register(self) -> Register:
        """The roll of live memberships."""
        if self._register is None:
            self._register = self._load_register(self._in_transaction(), self._blind)
        applying = self._register.applying
        for reopened in [*applying.unknown]:
            applying.learn(self.application(reopened))
        return self._register

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.policy_of(self.coalition.policy_sha256)

    def policy_on(self, day: date | None) -> Policy:
        """Return the policy that was in force on a day; ``None`` is the present one."""
        if day is None:
            return self.policy
        return self.policy_of(policy_of_day(self.coalition, day))

    @property
    def zone(self) -> ZoneInfo:
        """The coalition's time zone; UTC before the founding."""
        return ZoneInfo(self.coalition.time_zone or "UTC")

    def policy_of(self, sha256: str) -> Policy:
        """Return the policy of a stored file.

        Raises:
            CorruptLedgerError: an entry names a policy file that is not stored.
        """
        policy = self._policies.get(sha256)
        if policy is None:
            policy = lookups.read_policy(self._in_transaction(), sha256)
            self._policies[sha256] = policy
        return policy

    def learn_policy(self, policy: Policy) -> None:
        """Know a policy whose file is stored with the command that names it."""
        self._policies[policy.sha256] = policy

    def is_taken(self, stream: str) -> bool:
        """Whether the id names a stream, of whatever kind."""
        return self._load("party", stream).version > 0

    def party(self, stream: str) -> Party:
        """Return a party; its version is 0 when there is none."""
        return self._state("party", stream, Party)

    def application(self, stream: str) -> Application:
        """Return an application; its version is 0 when there is none."""
        return self._state("application", stream, Application)

    def review(self, stream: str) -> Review:
        """Return a review; its version is 0 when there is none."""
        return self._state("review", stream, Review)

    def membership(self, stream: str) -> Membership:
        """Return a membership; its version is 0 when there is none."""
        return self._state("membership", stream, Membership)

    def memberships(self, streams: Iterable[str]) -> list[Membership]:
        """Return memberships in order, of which those not known yet are read together."""
        wanted = list(streams)
        self.read_together(wanted)
        return [self.membership(stream) for stream in wanted]

    def read_together(self, streams: Iterable[str]) -> None:
        """Read those streams that are not known yet, before each is asked for."""
        unknown = [stream for stream in streams if stream not in self._states]
        for start in range(0, len(unknown), _READ_TOGETHER):
            self._read(unknown[start : start + _READ_TOGETHER])

    def vote(self, stream: str) -> Vote:
        """Return a vote; its version is 0 when there is none."""
        return self._state("vote", stream, Vote)

    def ballots(self, stream: str) -> Ballots:
        """Return the ballots of a vote; version 0 when none was cast."""
        return self._state("ballot", stream, Ballots)

    def term(self, stream: str) -> Term:
        """Return a term of office; its version is 0 when there is none."""
        return self._state("leadership", stream, Term)

    def workgroup(self, stream: str) -> Workgroup:
        """Return a workgroup; its version is 0 when there is none."""
        return self._state("workgroup", stream, Workgroup)

    def publication(self, stream: str) -> Publication:
        """Return a publication; its version is 0 when there is none."""
        return self._state("library", stream, Publication)

    def funding(self, stream: str) -> Funding:
        """Return a funding; its version is 0 when there is none."""
        return self._state("funding", stream, Funding)

    def claim(self, stream: str) -> Claim:
        """Return a claim; its version is 0 when there is none."""
        return self._state("history", stream, Claim)

    def corrections(self, entry: str) -> Corrections:
        """Return the corrections of an entry; their version is 0 when there are none."""
        return self._state("correction", entry, Corrections)

    def grievance(self, stream: str) -> Grievance:
        """Return a grievance; its version is 0 when there is none."""
        return self._state("grievance", stream, Grievance)

    def webhook(self, stream: str) -> Webhook:
        """Return a webhook; its version is 0 when there is none."""
        return self._state("webhook", stream, Webhook)

    def webhooks_of(self, owner: str) -> int:
        """Return how many webhooks somebody had when the transaction began."""
        (count,) = self._count_webhooks.run(self._reading(), {"owner": owner}).fetchone() or (0,)
        return int(count)

    def entry(self, entry_id: str) -> Recorded | None:
        """Return an entry that was committed before, with all that rules may see."""
        cursor = self._reading()
        if entry_id not in self._entries:
            self._streams.ask_entries(cursor, [entry_id])
            self._entries |= self._streams.take_entries(cursor, [entry_id])
        return self._entries[entry_id]

    def entries_of(self, stream: str, event: type[Event]) -> Iterator[Recorded]:
        """Yield the entries of a type that a stream had before, the last one first."""
        for each in lookups.entries_of(self._in_transaction(), stream, event):
            if (found := self.entry(each)) is not None and isinstance(found.event, event):
                yield found

    def append(self, stream: str, event: Event, effective: date) -> int:
        """Evolve with a fact that the present transaction appends; return its version."""
        self._touched.add(stream)
        state = evolve(self._load(kind_of(event), stream), event, effective)
        self._states[stream] = state
        self.register.apply(stream, event)
        return state.version

    def is_person(self, person: str) -> bool:
        """Whether anything personal was ever recorded about somebody."""
        return lookups.is_person(self._in_transaction(), person)

    def held_by(self, person: str) -> tuple[list[Party], list[Term]]:
        """Return the parties that somebody speaks for, and the terms of office that they hold."""
        found = {*lookups.held_by(self._in_transaction(), person), *self._touched}
        states = [self._states[each] for each in sorted(found) if self._load("party", each).version]
        spoken_for = [each for each in states if isinstance(each, Party)]
        terms = [each for each in states if isinstance(each, Term) and each.until is None]
        return (
            [each for each in spoken_for if person in each.representatives],
            [each for each in terms if each.person == person],
        )

    def moot_about(self, kind: VoteKind, about: str) -> list[BallotsId]:
        """Return the ballots of the votes of a kind on a membership or file that were moot."""
        return lookups.moot_about(self._in_transaction(), kind, about)

    def named_by_keys(self, principal: str) -> frozenset[PartyId]:
        """Return the parties that the keys of a principal name, those that ended too."""
        return lookups.named_by_keys(self._in_transaction(), principal)

    def directors(self) -> list[tuple[PrincipalId, PartyId | None]]:
        """Return who directs by a key that is not revoked, and whom that says they belong to."""
        return lookups.directors(self._in_transaction())

    def files_of(self, application: str) -> dict[str, str]:
        """Return the ids of the files of evidence that are kept for an application, by hash."""
        return lookups.files_of(self._in_transaction(), application)

    def named(self, name: str) -> list[PartyId]:
        """Return the organisations that went by a name when the transaction began, or had."""
        term = self._blind(name_key(name))
        found = self._find_named.run(self._reading(), {"term": term}).fetchall()
        return [PartyId(party) for (party,) in found]

    def is_shown(self, party: str) -> bool:
        """Whether the directory showed a party to everybody when the transaction began."""
        return lookups.is_shown(self._in_transaction(), party)

    def needs(self, found: Recorded, field: str) -> bool:
        """Whether a rule or a view cannot do without a hidden field of an entry."""
        if field not in hidden_fields(type(found.event)):
            return False
        stream = found.envelope.stream
        history = self._streams.read(self._reading(), [stream])[stream]
        return needs(history, found, field, self._blind)

    def forget(self) -> None:
        """Read everything again: views were made anew, or something was erased."""
        self._states.clear()
        self._register = None

    def follow(self, recorded: Iterable[Recorded]) -> None:
        """Take in what other processes appended."""
        for each in recorded:
            self._states.pop(each.envelope.stream, None)
            if self._register is not None:
                self._register.apply(each.envelope.stream, each.event)

    def _state(self, kind: StateKind, stream: str, expected: type[S]) -> S:
        state = self._load(kind, stream)
        if not isinstance(state, expected):
            # An id of another kind of thing names nothing of this kind.
            state = empty_state(kind, stream)
        assert isinstance(state, expected)  # noqa: S101 - narrows for mypy
        return state

    def _load(self, kind: StateKind, stream: str) -> State:
        """Return the state of a stream; an empty one of the kind where it has no entries."""
        if stream in self._states:
            self._states.move_to_end(stream)
        else:
            self._read([stream])
        return self._states.get(stream) or empty_state(kind, stream)

    def _read(self, streams: list[str]) -> None:
        self._take_in(self._streams.read(self._reading(), streams))

    def _take_in(self, found: Mapping[str, list[Recorded]]) -> None:
        for stream, recorded in found.items():
            self._states[stream] = folded(stream, recorded) if recorded else None

    def _end(self) -> None:
        self._touched.clear()
        self._entries.clear()
        self._asked = []
        self._asked_entries = []
        self._connection = None
        self._cursor = None

    def _reading(self) -> DBAPICursor:
        if self._cursor is None:
            raise RuntimeError(_OUTSIDE)
        return self._cursor

    def _in_transaction(self) -> Connection:
        if self._connection is None:
            raise RuntimeError(_OUTSIDE)
        return self._connection
