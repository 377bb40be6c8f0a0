"""Mutations of the coalition: policy, seats, agreement texts."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

import strawberry

from domain.coalition import coalition as commands
from domain.decision import Command
from domain.policy import PolicyError, parse_policy
from domain.policy.parse import LARGEST_FILE_BYTES
from domain.terms import BLANK, VoteId
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
    NothingSuchError,
    command_of,
    named,
    perform,
    refuse,
    refuse_long,
)
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.rules import rules_at
from service.graphql.types.coalition import (
    AgreementTemplate,
    Coalition,
    policy_in_force,
    templates,
)
from service.graphql.types.policy import Policy
from service.ledger.ledger import document_hash
from service.ledger.request import Document
from service.security.access import Kind, Resource, may

LONGEST_AGREEMENT_BYTES: Final = 256 * 1024


@input_type
class AdoptPolicyInput(CommandInput):
    """Puts another version of the policy in force."""

    text: str = strawberry.field(description="The policy file: TOML, up to 256 KiB.")
    vote: strawberry.ID | None = strawberry.field(
        default=None,
        description="The vote that approved it: the last one on this file, named or not.",
    )


@input_type
class SetSeatsInput(CommandInput):
    """Sets the seats of a limited tier."""

    tier: str = strawberry.field(description="The key of the tier.")
    seats: int = strawberry.field(description="How many members it may have.")


@input_type
class PublishAgreementTemplateInput(CommandInput):
    """Makes a text the one to sign."""

    agreement: str = strawberry.field(description="The key of the agreement.")
    text: str = strawberry.field(description="The text: up to 256 KiB.")


@object_type
class AdoptPolicyAccepted(Accepted):
    """The policy is in force."""

    coalition: Coalition = strawberry.field(description="The coalition.")
    policy: Policy = strawberry.field(description="The policy in force.")


@object_type
class SetSeatsAccepted(Accepted):
    """The seats are set."""

    coalition: Coalition = strawberry.field(description="The coalition.")


@object_type
class PublishAgreementTemplateAccepted(Accepted):
    """The text is the one to sign."""

    template: AgreementTemplate | None = strawberry.field(description="The text.")


AdoptPolicyResult: TypeAlias = Annotated[
    AdoptPolicyAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AdoptPolicyResult", description="What came of `adoptPolicy`."),
]
SetSeatsResult: TypeAlias = Annotated[
    SetSeatsAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("SetSeatsResult", description="What came of `setSeats`."),
]
PublishAgreementTemplateResult: TypeAlias = Annotated[
    PublishAgreementTemplateAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "PublishAgreementTemplateResult", description="What came of `publishAgreementTemplate`."
    ),
]


@strawberry.type
class CoalitionMutations:
    """Mutations of the coalition."""

    @mutation
    def adopt_policy(
        self, info: Info, given: Annotated[AdoptPolicyInput, COMMAND]
    ) -> AdoptPolicyResult:
        """Put another version of the policy in force."""
        document = policy_document(given.text)
        return perform(
            info,
            given,
            lambda: _adopt_policy(info.context, given),
            _adopted,
            documents=(document,),
            fields={"policySha256": "text"},
        )

    @mutation
    def set_seats(self, info: Info, given: Annotated[SetSeatsInput, COMMAND]) -> SetSeatsResult:
        """Set the seats of a limited tier. The last number that was said holds."""
        return perform(
            info,
            given,
            lambda: command_of(commands.SetSeats, given),
            lambda context, done: SetSeatsAccepted(
                receipt=receipt_of(context, done.accepted),
                coalition=Coalition.of(context, rules_at(context, done.as_of)),
            ),
        )

    @mutation
    def publish_agreement_template(
        self, info: Info, given: Annotated[PublishAgreementTemplateInput, COMMAND]
    ) -> PublishAgreementTemplateResult:
        """Make a text the one to sign, as the next version of its agreement."""
        document = _document("agreement", given.text)
        return perform(
            info,
            given,
            lambda: _publish_template(info.context, given, document),
            lambda context, done: PublishAgreementTemplateAccepted(
                receipt=receipt_of(context, done.accepted),
                template=_template(context, done, given.agreement),
            ),
            documents=(document,),
            fields={"sha256": "text"},
        )


def _document(kind: str, text: str) -> Document:
    # Half a character cannot be written; the command's content refuses it by name.
    content = text.encode("utf-8", errors="replace")
    return Document(document_hash(content), kind, content)


def policy_document(text: str) -> Document:
    """Return a policy file as it is stored."""
    return _document("policy", text)


def readable_policy(
    context: Context, command_type: type[Command], text: str, field: str
) -> Document:
    """Return a policy file after reading it: it never waits for the ledger in vain.

    Args:
        context: the request.
        command_type: what the file is given for.
        text: the file.
        field: the field of the input that has it.

    Raises:
        NothingSuchError: the viewer may not give such a command.
        RefusedInputError: the file is wrong.
    """
    _require(context, command_type)
    document = policy_document(text)
    refuse_long(field, document.content, LARGEST_FILE_BYTES)
    try:
        parse_policy(document.content)
    except PolicyError as error:
        place = f"Line {error.line}" + (f", {error.field}" if error.field else "")
        wanted = f"One of: {', '.join(error.allowed)}." if error.allowed else f"{place}, corrected."
        raise refuse(field, error.field or "policy-file", f"{error}.", wanted) from None
    return document


def _adopt_policy(context: Context, given: AdoptPolicyInput) -> commands.AdoptPolicy:
    vote = None if given.vote is None else VoteId(named(NodeKind.VOTE, given.vote))
    document = readable_policy(context, commands.AdoptPolicy, given.text, "text")
    return commands.AdoptPolicy(policy_sha256=document.sha256, vote=vote)


def _publish_template(
    context: Context, given: PublishAgreementTemplateInput, document: Document
) -> commands.PublishAgreementTemplate:
    _require(context, commands.PublishAgreementTemplate)
    if re.fullmatch(BLANK, given.text) or "\x00" in given.text:
        wanted = "A text with more in it than white space, and without NUL characters."
        raise refuse("text", "text", "This is no text to sign.", wanted)
    refuse_long("text", document.content, LONGEST_AGREEMENT_BYTES)
    return command_of(commands.PublishAgreementTemplate, given, sha256=document.sha256)


def _require(context: Context, command_type: type[Command]) -> None:
    """Look at a file only for those who may have it adopted; the writer asks again."""
    if not may(context.principal, command_type.__name__, Resource(kind=Kind.COALITION)):
        raise NothingSuchError


def _adopted(context: Context, done: Done) -> AdoptPolicyAccepted:
    rules = rules_at(context, done.as_of)
    return AdoptPolicyAccepted(
        receipt=receipt_of(context, done.accepted),
        coalition=Coalition.of(context, rules),
        policy=policy_in_force(rules),
    )


def _template(context: Context, done: Done, agreement: str) -> AgreementTemplate | None:
    texts = templates(rules_at(context, done.as_of))
    return next((each for each in texts if each.key == agreement), None)
