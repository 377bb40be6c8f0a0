"""Every free text of every command is screened, but for a few that are named."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
import pytest

from domain.coalition.clearing import ClearText, digest_of
from domain.decision import Command, RefusalCode
from domain.membership.application import AttachEvidence, SubmitApplication
from domain.membership.details import OrganisationDetails
from domain.membership.party import PublishListing
from domain.membership.safety import HoldListing
from domain.screening.commands import NOT_SCREENED, free_texts, refuse_survivor_data
from domain.terms import ApplicationId, PartyId, PrincipalId, ReviewId
from service.planning.deciding import PLANNERS
from tests.domain.screening.corpus import SCREEN

DATA = "She was trafficked by her uncle."
COMMANDS = sorted(PLANNERS, key=lambda each: each.__name__)

# Keys of the policy, digests and ids, which rules check against what they know, and what the
# service itself writes of the log: keys that sign it, and the read models attested.
NO_FREE_TEXT = frozenset(
    {"agreement", "clauses", "field", "party_type", "requirement", "seats", "standard", "tier"}
    | {"first", "key", "key_id", "model"}
)

SUBMIT = SubmitApplication(
    application=ApplicationId("0" * 32),
    review=ReviewId("1" * 32),
    party=PartyId("2" * 32),
    applicant=PrincipalId("somebody"),
    tier="community-network",
    organisation=OrganisationDetails(name="Lantern House", party_type="education"),
    statement="We want to help.",
)
LISTING = PublishListing(party=PartyId("2" * 32), name="Lantern House", services=["shelter"])


def test_a_clean_command_is_not_refused() -> None:
    for command in (SUBMIT, LISTING):
        assert refuse_survivor_data(SCREEN, frozenset(), command) is None


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (msgspec.structs.replace(SUBMIT, statement=DATA), "statement"),
        (
            msgspec.structs.replace(
                SUBMIT, organisation=OrganisationDetails(name=DATA, party_type="education")
            ),
            "organisation.name",
        ),
        (msgspec.structs.replace(LISTING, description=DATA), "description"),
        (msgspec.structs.replace(LISTING, services=["shelter", DATA]), "services"),
        (
            AttachEvidence(application=ApplicationId("0" * 32), requirement="x", description=DATA),
            "description",
        ),
    ],
)
def test_the_refusal_names_field_and_rule_and_repeats_nothing(command: Command, field: str) -> None:
    refusal = refuse_survivor_data(SCREEN, frozenset(), command)
    assert refusal is not None
    assert (refusal.code, refusal.rule, refusal.field) == (
        RefusalCode.INVALID_INPUT,
        "screening.en.harm",
        field,
    )
    assert "uncle" not in str(refusal)
    assert refusal.unmet[0].satisfied_by


def test_a_text_that_was_cleared_passes_wherever_it_is_written() -> None:
    cleared = frozenset({digest_of(DATA)})
    for text in (DATA, f"  {DATA}\n"):
        assert (
            refuse_survivor_data(SCREEN, cleared, msgspec.structs.replace(SUBMIT, statement=text))
            is None
        )
    more = msgspec.structs.replace(SUBMIT, statement=f"{DATA} She was trafficked again.")
    assert refuse_survivor_data(SCREEN, cleared, more) is not None


def test_a_call_for_help_is_not_told_to_use_other_words() -> None:
    hold = HoldListing(party=PartyId("2" * 32), reason=DATA)
    assert refuse_survivor_data(SCREEN, frozenset(), hold) is None
    clear = ClearText(text=DATA, reason="A book's title.")
    assert [path for path, _ in free_texts(clear)] == [("reason",)]


def test_what_is_not_screened_is_there() -> None:
    for command, field in NOT_SCREENED:
        assert field in command.__struct_fields__


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.__name__)
def test_no_command_has_text_of_a_type_that_the_screening_does_not_know(
    command: type[Command],
) -> None:
    assert set(plain_texts(command)) <= NO_FREE_TEXT


def plain_texts(struct: type[msgspec.Struct]) -> typing.Iterator[str]:
    """Yield the names of fields that are text without limits."""
    hints = typing.get_type_hints(struct, include_extras=True)
    for name in struct.__struct_fields__:
        for part in parts(hints[name]):
            if part is str:
                yield name
            elif isinstance(part, type) and issubclass(part, msgspec.Struct):
                yield from plain_texts(part)


def parts(hint: Any) -> typing.Iterator[Any]:  # noqa: ANN401 - whatever a field is declared with
    """Yield what a type is made of; one with limits of its own is one part."""
    arguments = typing.get_args(hint)
    if not arguments or typing.get_origin(hint) is typing.Annotated:
        yield hint
        return
    for argument in arguments:
        yield from parts(argument)
