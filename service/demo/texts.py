"""What people write in the story. None of it is about anybody who is served."""

from __future__ import annotations

from random import Random
from typing import Final

from domain.policy import Requirement, RequirementKind, Standard
from domain.terms import TierChangeReason
from service.demo.cast import Member

STATEMENTS: Final = (
    "We have worked beside members of the coalition for years and want to share the standards.",
    "Our board voted to seek membership. We want our practice to be held to published rules.",
    "We refer to several members already, and want those referrals to rest on an agreement.",
    "We would bring experience of rural outreach, and hope to learn from the other regions.",
    "We want to take part in training and in the yearly review of the standards.",
)

PERSONAL_STATEMENTS: Final = (
    "I want to support the coalition's work in my county and take part in its training.",
    "I have volunteered at the coalition's events and would like to do so as a member.",
    "I hope to bring what I learn back to colleagues who meet these questions every week.",
)

_TURNS: Final = {
    TierChangeReason.MISSION_CHANGED: (
        "Our board adopted a new mission this year, and another tier fits it better.",
        "The work described by this tier has become the centre of what we do.",
    ),
    TierChangeReason.SERVICES_CHANGED: (
        "The services that we offer have changed since we joined.",
        "We have closed one programme and opened another, which this tier describes.",
    ),
    TierChangeReason.CAPACITY_CHANGED: (
        "We have fewer staff than before and cannot carry the part that our tier asks for.",
        "A grant has ended. We want to stay in the coalition with a commitment we can keep.",
    ),
    TierChangeReason.REQUESTED: (
        "We ask for the tier that describes how we take part already.",
        "After a year in the coalition we know better where we belong.",
    ),
    TierChangeReason.REASSESSMENT: (
        "Our plan was carried out, and we ask to be looked at again.",
        "We have grown since we joined, and want our standing to show what we do now.",
    ),
}

_EVIDENCE: Final = {
    "ein-determination": ("Determination letter of the tax authority.",),
    "executive": ("Letter in which the executive leader commits to take part.",),
    "direct-service-lead": ("Letter that names the lead of direct services, with a short CV.",),
    "practitioner-credential": (
        "Copy of a licence to practise, with the date until which it is valid.",
        "Certificate of registration as a practitioner, with its date of renewal.",
    ),
    "population": (
        "Annual report, with a section on the populations that are served.",
        "Description of programmes, and of the populations they are open to.",
        "Summary of referrals in the last year, as totals by programme.",
    ),
    "staff-contacts": (
        "List of the staff who will take part, by function.",
        "Letter that names the contacts for decisions and for direct care.",
    ),
    "interest": (
        "Statement of interest in the wider movement.",
        "Outline of the training that is offered to staff and to the public.",
        "Plan of the year's public awareness events.",
    ),
    "coalition-or-group": (
        "Description of the group: how it began, who belongs to it, how it decides.",
        "Charter of the group, with the list of its member organisations.",
    ),
    "support": (
        "Pledge of meeting space and of volunteers for two events a year.",
        "Letter of support signed by the group's officers.",
    ),
}

_BASES: Final = (
    "People served, each counted once, all programmes",
    "People enrolled in a programme during the period, each counted once",
    "People who received at least one direct service, each counted once",
)

_MET: Final = (
    "Seen, and complete.",
    "Checked against the original.",
    "Confirmed in a conversation with the applicant.",
    None,
    None,
)

_EXHIBITED: Final = (
    "Written policy, and training records for all staff.",
    "Shown in the site visit and in the staff handbook.",
    "Shown by the examples that the applicant gave.",
    None,
)

_WORKED_TOWARDS: Final = (
    "Partly in practice; the written policy is still a draft.",
    "Training has begun and does not reach all staff yet.",
    "The applicant names the gap, and has a plan to close it.",
)

_STEPS: Final = (
    (
        "Finish the written policy, have the board adopt it, and train all staff in it.",
        ("The policy is written.", "The board has adopted it.", "All staff are trained in it."),
    ),
    (
        "Two training days for all staff, and a written procedure.",
        ("The two training days were held.", "The procedure is written."),
    ),
    (
        "Work with a partner organisation as mentor, and report to the reviewer each quarter.",
        ("A mentor is found.", "The first report is there.", "The second report is there."),
    ),
)

_RECOMMENDED: Final = (
    "All requirements are met and the standards are shown in practice.",
    "A good fit for the tier. References from two members were positive.",
    "The evidence is complete, and the applicant answered every question openly.",
)

_NOT_RECOMMENDED: Final = (
    "What the policy asks for is not shown yet. A later application would be welcome.",
    "The clauses named in the findings are not met; the rest of the application is sound.",
)

_DECLINES: Final = (
    "The committee followed the review. It invites a new application once this is met.",
    "The committee suggested another tier, and offered a conversation about it.",
    None,
)

_GROUNDS: Final = (
    "The review looked at last year's papers. Those of this year show what was missed.",
    "We were not asked about what the decline names, and can show it.",
    "What was found not met is done under another name; the review did not know of it.",
)

_QUESTIONS: Final = (
    "Which of the counties that you name do you work in all year?",
    "Who takes part for you when the person named is away?",
    "The figures are of two different years. Which one do they count?",
    "Please say which of your programs the statement is about.",
)

_ANSWERS: Final = (
    "All year in the first two, in the others by appointment.",
    "Our deputy does, and knows the files.",
    "They count the last calendar year; the other figure is gone from the sheet.",
    "It is about the whole of our work, and the two programs most of all.",
)

_WITHDRAWALS: Final = (
    "We want to wait until our new staff has settled in.",
    "Our board decided to stay as we are for now.",
    "The program that we asked for ends this year.",
)

_DESCRIPTIONS: Final = (
    "{name} offers {services} in {count} counties.",
    "At {name} you find {services}. Ask us, and we will find the right door.",
    "A team that works with partners across {count} counties. What we offer: {services}.",
)

_UPDATES: Final = (
    "{name} has moved closer to its partners. What we offer now: {services}.",
    "New this year at {name}: longer hours, and one number for {services}.",
)


class Pen:
    """Chooses among texts."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def statement(self, member: Member) -> str:
        """Why a party applies."""
        return self._rng.choice(PERSONAL_STATEMENTS if member.is_person else STATEMENTS)

    def turn(self, reason: TierChangeReason) -> str:
        """Why a member asks for another tier."""
        return self._rng.choice(_TURNS[reason])

    def evidence(self, requirement: Requirement) -> str:
        """What is attached to show that a requirement is met."""
        return self._rng.choice(_EVIDENCE[requirement.id.partition(".")[2]])

    def basis(self) -> str:
        """What a population share was counted on."""
        return self._rng.choice(_BASES)

    def finding(self, requirement: Requirement, *, met: bool) -> str | None:
        """A reviewer's note on a requirement."""
        if met:
            return self._rng.choice(_MET)
        if requirement.kind is RequirementKind.POPULATION_SHARE:
            return "The worksheet is sound; the share that it comes to is too small."
        return f"Not shown by what is on file: {requirement.text}"

    def exhibited(self) -> str | None:
        """A reviewer's note on a standard that is exhibited."""
        return self._rng.choice(_EXHIBITED)

    def worked_towards(self) -> str:
        """A reviewer's note on a standard that is worked towards."""
        return self._rng.choice(_WORKED_TOWARDS)

    def not_met(self, standard: Standard) -> str:
        """A reviewer's note on a standard that is not met."""
        return f"Neither in practice nor planned at present: {standard.name}."

    def steps(self) -> tuple[str, tuple[str, ...]]:
        """How a standard will be met, and by which milestones."""
        return self._rng.choice(_STEPS)

    def reasons(self, *, admit: bool) -> str:
        """The reasons for a recommendation."""
        return self._rng.choice(_RECOMMENDED if admit else _NOT_RECOMMENDED)

    def decline(self) -> str | None:
        """A note on a decline."""
        return self._rng.choice(_DECLINES)

    def grounds(self) -> str:
        """Why a decline is appealed."""
        return self._rng.choice(_GROUNDS)

    def question(self) -> str:
        """What an applicant is asked."""
        return self._rng.choice(_QUESTIONS)

    def answer(self) -> str:
        """What an applicant answers."""
        return self._rng.choice(_ANSWERS)

    def withdrawal(self) -> str:
        """Why an application is withdrawn."""
        return self._rng.choice(_WITHDRAWALS)

    def description(self, member: Member) -> str:
        """What a listing says of an organisation."""
        return self._filled(_DESCRIPTIONS, member)

    def update(self, member: Member) -> str:
        """What a newer listing says of it."""
        return self._filled(_UPDATES, member)

    def introduction(self, member: Member) -> str:
        """What a person's listing says of them."""
        return f"Available for {_listed(member.services)}."

    def _filled(self, texts: tuple[str, ...], member: Member) -> str:
        return self._rng.choice(texts).format(
            name=member.name,
            services=_listed(member.services),
            count=len(member.counties),
        )


def _listed(services: tuple[str, ...]) -> str:
    *first, last = (service.lower() for service in services)
    return f"{', '.join(first)} and {last}" if first else last
