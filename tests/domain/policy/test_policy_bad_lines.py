"""Every way in which a line of a policy file can be wrong, and what is said about it."""

import pytest

from domain.policy import PolicyError, parse_policy
from tests.domain.policy.files import small_with

ROOT_KEYS = (
    "id, version, name, time_zone, vision, mission, core_values, smallest_count, classes, tiers, "
    "agreements, deadlines, electorates, votes, counties, regions"
)
PARTY_TYPES = (
    "nonprofit-501c3, individual-practitioner, individual, community-organisation, education, "
    "government, health-system, coalition-or-group"
)
KINDS = "party-type, ein-determination, population-share, evidence, commitment"
SPACED = "lower-case words and digits, joined by hyphens"

# The line that is replaced, what by, and all that the error says.
BAD_LINES = [
    # Keys that nobody knows, and keys that are not there.
    (
        2,
        "vesion = 3",
        f"line 2: vesion: is not a known key; did you mean version?; allowed: {ROOT_KEYS}",
    ),
    (2, "zebra = 3", f"line 2: zebra: is not a known key; allowed: {ROOT_KEYS}"),
    (2, "", "line 1: version: is missing"),
    (
        9,
        '{ fips = "23009", nmae = "Hancock", state = "ME" },',
        (
            "line 9: counties[0].nmae: is not a known key; did you mean name?; "
            "allowed: fips, name, state"
        ),
    ),
    (10, '{ fips = "23029", name = "Washington" },', "line 10: counties[1].state: is missing"),
    (22, "# no name", "line 21: tiers.wardens.name: is missing"),
    (37, "", "line 35: tiers.wardens.requirements[0].text: is missing"),
    (44, "", "line 40: tiers.wardens.requirements[1].minimum_percent: is missing"),
    (57, "", "line 52: deadlines.resigning_grace_days: is missing"),
    (66, "", "line 64: electorates.members: is missing"),
    (72, "", "line 69: votes.admission.director_votes: is missing"),
    (
        38,
        'kind = "party-type"\nminimum_percent = 5',
        (
            "line 39: tiers.wardens.requirements[0].minimum_percent: is not a known key; "
            "allowed: id, text, kind, applies_to"
        ),
    ),
    (
        70,
        "admission.quorum = { half = [1, 2] }",
        "line 70: votes.admission.quorum.half: is not a known key; allowed: at_least, more_than",
    ),
    # Values of another type.
    (1, "id = 7", "line 1: id: must be text, not a whole number"),
    (2, "version = 3.0", "line 2: version: must be a whole number, not a fraction"),
    (2, "version = true", "line 2: version: must be a whole number, not true or false"),
    (2, 'version = "3"', "line 2: version: must be a whole number, not text"),
    (3, "name = 2026-01-01", "line 3: name: must be text, not a date"),
    (3, "name = 2026-01-01T00:00:00", "line 3: name: must be text, not a date and time"),
    (3, "name = 07:30:00", "line 3: name: must be text, not a time"),
    (7, 'core_values = "Patience"', "line 7: core_values: must be an array, not text"),
    (
        7,
        'core_values = ["Patience", 3]',
        "line 7: core_values[1]: must be text, not a whole number",
    ),
    (10, '    "Washington",', "line 10: counties[1]: must be a table, not text"),
    (25, "seats = 4.5", "line 25: tiers.wardens.seats: must be a whole number, not a fraction"),
    (
        32,
        'application = "yes"',
        "line 32: tiers.wardens.application: must be true or false, not text",
    ),
    (65, "partners = 4", "line 65: electorates.partners: must be a table, not a whole number"),
    # Text that is no good.
    (3, 'name = " "', "line 3: name: must not be blank"),
    (3, 'name = "Terns "', 'line 3: name: "Terns " starts or ends with a space'),
    (
        3,
        r'name = "Te\u0000rns"',
        'line 3: name: "Te\\u0000rns" holds a character that cannot be printed',
    ),
    (
        3,
        'name = "Te\N{RIGHT-TO-LEFT OVERRIDE}rns"',
        'line 3: name: "Te\\u202erns" holds a character that cannot be printed',
    ),
    (3, f'name = "{"a" * 121}"', "line 3: name: has 121 characters, more than 120"),
    (7, "core_values = []", "line 7: core_values: must not be empty"),
    (7, 'core_values = ["Care", "Care"]', 'line 7: core_values[1]: "Care" is listed twice'),
    # Identifiers and codes of the wrong shape.
    (1, 'id = "Terns"', f'line 1: id: "Terns" is not an identifier: {SPACED}'),
    (4, 'time_zone = "Chicago"', 'line 4: time_zone: "Chicago" is not the name of a time zone'),
    (
        9,
        '{ fips = "2309", name = "Hancock", state = "ME" },',
        'line 9: counties[0].fips: "2309" is not a county\'s FIPS code of five digits',
    ),
    (
        9,
        '{ fips = "23009", name = "Hancock", state = "Maine" },',
        'line 9: counties[0].state: "Maine" is not a state\'s postal code of two capitals',
    ),
    (
        48,
        "[agreements.Warden]",
        f'line 48: agreements.Warden: "Warden" is not an identifier: {SPACED}',
    ),
    (
        48,
        '[agreements."a b"]',
        f'line 48: agreements."a b": "a b" is not an identifier: {SPACED}',
    ),
    (
        41,
        'id = "share"',
        (
            'line 41: tiers.wardens.requirements[1].id: "share" is not a clause: '
            "the tier or class, a dot, and a name"
        ),
    ),
    # Words that are none of those allowed.
    (
        23,
        'class = "nework"',
        (
            'line 23: tiers.wardens.class: "nework" is not a membership class; '
            "allowed: provider, network"
        ),
    ),
    (
        24,
        'number = "some"',
        'line 24: tiers.wardens.number: "some" is not a number of members; allowed: limited, open',
    ),
    (
        27,
        'party_types = ["nonprofit-501c3", "charity"]',
        (
            'line 27: tiers.wardens.party_types[1]: "charity" is not a party type; '
            f"allowed: {PARTY_TYPES}"
        ),
    ),
    (
        38,
        'kind = "proof"',
        (
            'line 38: tiers.wardens.requirements[0].kind: "proof" is not a kind of requirement; '
            f"allowed: {KINDS}"
        ),
    ),
    (
        46,
        'applies_to = ["charity"]',
        (
            'line 46: tiers.wardens.requirements[1].applies_to[0]: "charity" is not a party type; '
            f"allowed: {PARTY_TYPES}"
        ),
    ),
    (
        14,
        "[classes.wardens]",
        'line 14: classes.wardens: "wardens" is not a membership class; allowed: provider, network',
    ),
    (
        66,
        'everyone.tiers = ["wardens"]',
        (
            'line 66: electorates.everyone: "everyone" is not an electorate; '
            "allowed: partners, members"
        ),
    ),
    (
        76,
        "[votes.moving]",
        (
            'line 76: votes.moving: "moving" is not a kind of vote; allowed: admission, '
            "tier-change, termination, appeal, policy, mission-and-values"
        ),
    ),
    (
        69,
        'admission.electorate = "public"',
        (
            'line 69: votes.admission.electorate: "public" is not an electorate; '
            "allowed: partners, members"
        ),
    ),
    (
        72,
        'admission.required = "always"\nadmission.director_votes = true',
        "line 72: votes.admission.required: must be true or false, not text",
    ),
    (
        74,
        'admission.fallback = "nobody"',
        (
            'line 74: votes.admission.fallback: "nobody" is not a fallback; '
            "allowed: partners, members, director"
        ),
    ),
    # Numbers out of range.
    (2, "version = 0", "line 2: version: must be from 1 to 1000000"),
    (25, "seats = -1", "line 25: tiers.wardens.seats: must be from 0 to 100000"),
    (
        44,
        "minimum_percent = 101",
        "line 44: tiers.wardens.requirements[1].minimum_percent: must be from 1 to 100",
    ),
    (
        44,
        "minimum_percent = 0",
        "line 44: tiers.wardens.requirements[1].minimum_percent: must be from 1 to 100",
    ),
    (
        30,
        'participation = "Everybody"\nparticipation_days = 0',
        "line 31: tiers.wardens.participation_days: must be from 1 to 366",
    ),
    (
        30,
        'participation = "Everybody"\nparticipation_days = "often"',
        "line 31: tiers.wardens.participation_days: must be a whole number, not text",
    ),
    (55, "seat_offer_days = 0", "line 55: deadlines.seat_offer_days: must be from 1 to 3660"),
    (55, "seat_offer_days = -3", "line 55: deadlines.seat_offer_days: must be from 1 to 3660"),
    (
        71,
        "admission.threshold = { at_least = [3, 2] }",
        "line 71: votes.admission.threshold.at_least: 3 of 2 is more than the whole",
    ),
    (
        71,
        "admission.threshold = { at_least = [101, 100] }",
        "line 71: votes.admission.threshold.at_least: 101 of 100 is more than the whole",
    ),
    (
        71,
        "admission.threshold = { more_than = [2, 2] }",
        "line 71: votes.admission.threshold.more_than: nothing is more than the whole",
    ),
    (
        71,
        "admission.threshold = { at_least = [0, 2] }",
        "line 71: votes.admission.threshold.at_least[0]: must be from 1 to 1000",
    ),
    (
        71,
        "admission.threshold = { at_least = [1] }",
        "line 71: votes.admission.threshold.at_least: must have 2 numbers, not 1",
    ),
    (
        71,
        "admission.threshold = { at_least = [1, 2], more_than = [1, 2] }",
        (
            "line 71: votes.admission.threshold: must have one of its two keys; "
            "allowed: at_least, more_than"
        ),
    ),
    (71, "admission.threshold = {}", "line 71: votes.admission.threshold.at_least: is missing"),
    (
        73,
        "admission.tally_minimum_electorate = 1",
        "line 73: votes.admission.tally_minimum_electorate: must be from 2 to 1000",
    ),
    # Parts that contradict one another.
    (
        23,
        'class = "network"',
        (
            'line 23: tiers.wardens.class: the class "network" has no standards in this policy; '
            "allowed: provider"
        ),
    ),
    (24, 'number = "open"', "line 25: tiers.wardens.seats: only a limited tier has seats"),
    (
        38,
        'kind = "evidence"',
        "line 35: tiers.wardens.requirements: must include one requirement of kind party-type",
    ),
    (
        38,
        'kind = "party-type"\napplies_to = ["nonprofit-501c3"]',
        (
            "line 39: tiers.wardens.requirements[0].applies_to: a requirement of kind party-type "
            "applies to all"
        ),
    ),
    (
        39,
        '[[tiers.wardens.requirements]]\nid = "wardens.kind"\ntext = "T"\nkind = "party-type"',
        (
            "line 42: tiers.wardens.requirements[1].kind: a tier has one requirement of "
            "kind party-type"
        ),
    ),
    (
        46,
        'applies_to = ["nonprofit-501c3", "education"]',
        (
            'line 46: tiers.wardens.requirements[1].applies_to[1]: "education" is not a party type '
            "that this tier admits; allowed: nonprofit-501c3, individual-practitioner"
        ),
    ),
    (
        38,
        (
            'kind = "party-type"\n[[tiers.wardens.requirements]]\nid = "wardens.ein"\n'
            'text = "T"\nkind = "ein-determination"'
        ),
        (
            'line 42: tiers.wardens.requirements[1].kind: asks "individual-practitioner", '
            "and a person has no such determination"
        ),
    ),
    (
        41,
        'id = "wardens.type"',
        'line 41: tiers.wardens.requirements[1].id: "wardens.type" is used twice',
    ),
    (
        41,
        'id = "keepers.share"',
        'line 41: tiers.wardens.requirements[1].id: "keepers.share" does not start with "wardens."',
    ),
    (
        18,
        '{ id = "provider.care", name = "Candour" },',
        'line 18: classes.provider.standards[1].id: "provider.care" is used twice',
    ),
    (
        50,
        'tiers = ["wardens", "keepers"]',
        'line 50: agreements.warden-agreement.tiers[1]: "keepers" is not a tier; allowed: wardens',
    ),
    (
        51,
        '[agreements.other]\nname = "Other"\ntiers = ["wardens"]',
        'line 53: agreements.other.tiers[0]: "wardens" is already served by warden-agreement',
    ),
    (
        60,
        "renewal_window_days = 365",
        "line 60: deadlines.renewal_window_days: must be shorter than membership_term_days",
    ),
    (
        65,
        'partners.tiers = ["keepers"]',
        'line 65: electorates.partners.tiers[0]: "keepers" is not a tier; allowed: wardens',
    ),
    (
        74,
        'admission.fallback = "members"',
        "line 74: votes.admission.fallback: members are empty when partners are",
    ),
    (
        10,
        '{ fips = "23009", name = "Washington", state = "ME" },',
        'line 10: counties[1].fips: "23009" is listed twice',
    ),
    (
        10,
        '{ fips = "23029", name = "Hancock", state = "ME" },',
        'line 10: counties[1].name: "Hancock" is another county\'s name in ME',
    ),
    (
        10,
        '{ fips = "23029", name = "Washington", state = "NH" },',
        "line 10: counties[1].state: codes that start with 23 are in ME above",
    ),
    (
        11,
        '{ fips = "33017", name = "Strafford", state = "ME" },',
        "line 9: counties[0].state: ME has codes of more than one state",
    ),
    # Syntax.
    (3, "name = Terns", "line 3: not valid TOML: Invalid value"),
    (3, 'name = "Terns', "line 3: not valid TOML: Illegal character '\\n'"),
    (3, "name", "line 3: not valid TOML: Expected '=' after a key in a key/value pair"),
    (3, "version = 4", "line 3: not valid TOML: Cannot overwrite a value"),
    (35, "[tiers.wardens]", "line 35: not valid TOML: Cannot declare ('tiers', 'wardens') twice"),
    (3, f"name = {'1' * 5000}", "line 3: the line is longer than 4096 bytes"),
]


@pytest.mark.parametrize(("line", "replacement", "message"), BAD_LINES)
def test_a_bad_line_is_named_with_its_field_and_what_is_allowed(
    line: int, replacement: str, message: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(small_with(line, replacement))
    assert str(caught.value) == message
