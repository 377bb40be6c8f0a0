"""The policy in force, as anybody reads it."""

from __future__ import annotations

from tests.service.coalition import POLICY
from tests.service.graphql.api import Api

TIERS = """{ tiers {
    key number typeText partyTypes populationServed commitment participation participationDays
    responsibility applicationRequired selection agreement { key name } membershipClass
    requirements { key text } standards { key }
} }"""


def test_a_tier_shows_each_attribute_that_the_policy_gives_it(small_api: Api) -> None:
    shown = small_api.ask(TIERS)["tiers"]
    assert [each["key"] for each in shown] == [tier.id for tier in POLICY.tiers]
    for each, tier in zip(shown, POLICY.tiers, strict=True):
        agreement = POLICY.agreement_for(tier.id)
        assert each == {
            "key": tier.id,
            "number": tier.number.name,
            "typeText": tier.type_text,
            "partyTypes": [each.name for each in tier.party_types],
            "populationServed": tier.population_served,
            "commitment": tier.commitment,
            "participation": tier.participation,
            "participationDays": tier.participation_days,
            "responsibility": tier.responsibility,
            "applicationRequired": tier.application_required,
            "selection": tier.selection,
            "agreement": {"key": agreement.id, "name": agreement.name},
            "membershipClass": tier.membership_class.name,
            "requirements": [{"key": each.id, "text": each.text} for each in tier.requirements],
            "standards": [{"key": each.id} for each in POLICY.standards_for(tier.id)],
        }
