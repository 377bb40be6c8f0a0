"""Applications under review, in whatever order."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis.stateful import rule

from domain.membership.application import Application, AttachEvidence, AttestPopulationShare
from domain.membership.deleting_evidence import OVER, RELIED_ON
from domain.membership.evidence_files import DeleteEvidenceFile, DeleteEvidenceFiles
from domain.membership.plans import OpenImprovementPlan
from domain.membership.review import AssessStandard, AssignReviewer, RecordFinding, RecordReview
from domain.policy import RequirementKind
from domain.terms import ApplicationPhase, Assessment, PrincipalId, Recommendation
from tests.domain.examples import PARTNER
from tests.domain.saying.speaking import REQUIREMENTS, STANDARDS, START, TEXTS, picks
from tests.domain.saying.voting import Voting


class Reviewing(Voting):
    """Evidence is given for applications, and they are reviewed, a little or the whole."""

    @rule(which=picks, requirement=st.sampled_from(REQUIREMENTS), share=st.integers(0, 100))
    def give(self, which: int, requirement: str, share: int) -> None:
        application = self.an_application(which)
        self.tell(
            AttachEvidence(
                application=application, requirement=requirement, description="A letter."
            )
        )
        self.tell(
            AttestPopulationShare(
                application=application,
                requirement=f"{PARTNER}.population-share",
                numerator=share,
                denominator=100,
                basis="people served",
                period_start=START - timedelta(days=365),
                period_end=START,
            )
        )

    @rule(which=picks, sha256=st.sampled_from(TEXTS), by_director=st.booleans())
    def delete_files(self, which: int, sha256: str, *, by_director: bool) -> None:
        application = self.an_application(which)
        self.world.files.update((application, each) for each in TEXTS)
        relied_on = self.world.application(application).phase in RELIED_ON
        self.world.by_director = by_director
        deleted = self.tell(DeleteEvidenceFile(application=application, sha256=sha256))
        self.world.by_director = False
        assert not deleted or by_director or not relied_on
        for fact in self.tell(DeleteEvidenceFiles(application=application)):
            assert fact not in deleted
            assert self.world.application(application).phase in OVER

    @rule(
        which=picks,
        requirement=st.sampled_from(REQUIREMENTS),
        met=st.booleans(),
        standard=st.sampled_from(STANDARDS),
        assessment=st.sampled_from(Assessment),
        days=st.integers(0, 400),
    )
    def review_a_little(
        self,
        which: int,
        requirement: str,
        met: bool,  # noqa: FBT001 - hypothesis passes it by name
        standard: str,
        assessment: Assessment,
        days: int,
    ) -> None:
        application = self.an_application(which)
        self.tell(AssignReviewer(application=application, reviewer=PrincipalId("a reviewer")))
        self.tell(RecordFinding(application=application, requirement=requirement, met=met))
        self.tell(AssessStandard(application=application, standard=standard, assessment=assessment))
        due = self.today + timedelta(days=days)
        self.tell(
            OpenImprovementPlan(application=application, standard=standard, due=due, steps="Train.")
        )

    @rule(which=picks, share=st.integers(60, 100))
    def review_whole(self, which: int, share: int) -> None:
        waiting = self.applications(ApplicationPhase.SUBMITTED, ApplicationPhase.IN_REVIEW)
        if not waiting:
            return
        self.review(waiting[which % len(waiting)], share)

    def review(self, application: Application, share: int) -> None:
        """Find everything met that can be, and every standard exhibited."""
        self.tell(AssignReviewer(application=application.id, reviewer=PrincipalId("a reviewer")))
        if self.world.policy.has_tier(application.tier):
            self._find_everything(application, share)
            for standard in self.world.policy.standards_for(application.tier):
                self.tell(
                    AssessStandard(
                        application=application.id,
                        standard=standard.id,
                        assessment=Assessment.EXHIBITS,
                    )
                )
        self.tell(
            RecordReview(
                application=application.id,
                recommendation=Recommendation.ADMIT,
                reasons="As found.",
            )
        )

    def _find_everything(self, application: Application, share: int) -> None:
        for requirement in self.world.policy.tier(application.tier).requirements:
            evidence = AttachEvidence(
                application=application.id, requirement=requirement.id, description="A letter."
            )
            self.tell(evidence)
            if requirement.kind is RequirementKind.POPULATION_SHARE:
                self.tell(
                    AttestPopulationShare(
                        application=application.id,
                        requirement=requirement.id,
                        numerator=share,
                        denominator=100,
                        basis="people served",
                        period_start=START,
                        period_end=START,
                    )
                )
            for met in (False, True):
                self.tell(
                    RecordFinding(application=application.id, requirement=requirement.id, met=met)
                )
