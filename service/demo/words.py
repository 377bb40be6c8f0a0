"""The words that names are made of, and what organisations say that they do.

Each name joins words that are not found together, so that it is nobody's. Surnames are
made up of halves.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.policy import PartyType

PLACES: Final = (
    "Big Cane", "Bittersweet Fork", "Bluestem Hollow", "Burr Oak Landing", "Cottonwood Slough",
    "Crooked Sycamore", "Dogtooth Bluff", "Elderberry Ford", "Flintrock", "Foxglove Prairie",
    "Gravel Bar", "Hackberry Knob", "Ironweed", "Katydid Ridge", "Limestone Spring",
    "Little Hickory", "Loess Terrace", "Mallard Chute", "Mayapple Glade", "Milkweed Bend",
    "Muddy Fork", "Oxbow Levee", "Paddlewheel", "Pawpaw Bottom", "Persimmon Gap",
    "Prickly Pear", "Redhorse Shoal", "Sassafras Draw", "Shagbark", "Shortleaf", "Sinkhole Plains",
    "Spicebush", "Sweetgum Bayou", "Switchgrass", "Three Mounds", "Turkey Foot", "Twin Sloughs",
    "Whippoorwill", "Wild Plum", "Witch Hazel",
)  # fmt: skip

ASPECTS: Final = (
    "Bannister", "Beacon Rope", "Candlewick", "Clear Ferry", "Common Thread", "Daybreak Lane",
    "Doorstep", "Ember", "Fieldstone", "Footbridge", "Handrail", "Hearthline", "Heron", "Kindling",
    "Lamplight", "Lantern Row", "Latchkey", "Linden Path", "Long Table", "Millwheel", "Open Gate",
    "Porchlight", "Quilt", "Rain Barrel", "Rootstock", "Signal Fire", "Stepping Stone",
    "Swift Wing", "Threshold", "Towpath", "Trellis", "Understory", "Wayfare", "Windbreak",
)  # fmt: skip

ENDINGS: Final[Mapping[PartyType, Mapping[str, str]]] = MappingProxyType(
    {
        PartyType.NONPROFIT_501C3: {
            "Advocacy Services": "Advocacy",
            "Care Project": "Case coordination",
            "Family Services": "Transitional housing",
            "House": "Emergency shelter",
            "Legal Services": "Legal help",
            "Outreach": "Street outreach",
            "Recovery Services": "Counselling",
            "Youth Services": "Job readiness",
        },
        PartyType.COMMUNITY_ORGANISATION: {
            "Civic Club": "Public awareness",
            "Neighbors' Guild": "Volunteer support",
            "Volunteers": "Volunteer support",
        },
        PartyType.EDUCATION: {
            "Community College": "Training for professionals",
            "School District": "Prevention education",
            "Technical Institute": "Training for professionals",
        },
        PartyType.GOVERNMENT: {
            "Court Services": "Training for professionals",
            "Planning District": "Research and data",
            "Public Health District": "Prevention education",
        },
        PartyType.HEALTH_SYSTEM: {
            "Health System": "Training for professionals",
            "Hospital Group": "Training for professionals",
        },
        PartyType.COALITION_OR_GROUP: {
            "Alliance": "Public awareness",
            "Faith Table": "Meeting space",
            "Neighbors Coalition": "Volunteer support",
        },
    }
)
"""How names end, by type of party, with the service that such a name promises."""

GIVEN_NAMES: Final = (
    "Adaeze", "Amira", "Anh", "Beatriz", "Bogdana", "Camille", "Celestine", "Dalia", "Delphine",
    "Desta", "Eamon", "Elif", "Emina", "Esperanza", "Farrah", "Florian", "Gideon", "Halina",
    "Hollis", "Ifeoma", "Imani", "Ines", "Isamu", "Jarek", "Joaquín", "Kehinde", "Keiko", "Lazar",
    "Leocadia", "Lucía", "Mahalia", "Marisol", "Mirela", "Nadezhda", "Nkechi", "Odalys", "Ophelia",
    "Oren", "Paloma", "Phuong", "Quill", "Rafaela", "Rosalind", "Saoirse", "Senad", "Solveig",
    "Tamsin", "Thaddeus", "Thuy", "Ulises", "Verity", "Wendell", "Xiomara", "Yusra", "Zelmira",
)  # fmt: skip

SURNAME_STARTS: Final = (
    "Alder", "Bram", "Cinder", "Corm", "Dapple", "Elder", "Fallow", "Fern", "Garn", "Gorse",
    "Hazel", "Juni", "Kestrel", "Larken", "Marl", "Nettle", "Orrin", "Pell", "Quern", "Rill",
    "Sedge", "Tansy", "Thistle", "Umber", "Vetch", "Wren",
)  # fmt: skip

SURNAME_ENDS: Final = (
    "barrow", "brook", "combe", "dell", "fold", "garth", "holt", "lathe", "mere", "quist", "shaw",
    "stead", "thwaite", "wick",
)  # fmt: skip

CAPACITIES: Final = (
    "Chief executive",
    "Executive director",
    "Director of programmes",
    "President of the board",
    "Deputy director",
)

POPULATIONS: Final = (
    "Adults affected by trafficking",
    "Youth affected by exploitation",
    "Foreign-born workers",
    "Families in crisis",
    "People without stable housing",
    "People in recovery",
    "Young people leaving foster care",
    "LGBTQ+ people",
    "Rural communities",
    "People leaving the justice system",
)

DIRECT_SERVICES: Final = (
    "Advocacy",
    "Counselling",
    "Emergency shelter",
    "Transitional housing",
    "Legal help",
    "Medical care",
    "Street outreach",
    "Language access",
    "Job readiness",
    "Case coordination",
)

PRACTITIONER_SERVICES: Final = (
    "Advocacy",
    "Counselling",
    "Language access",
    "Legal help",
    "Medical care",
)

INDIRECT_SERVICES: Final = (
    "Prevention education",
    "Training for professionals",
    "Public awareness",
    "Volunteer support",
    "Research and data",
    "Meeting space",
)

PERSONAL_SERVICES: Final = ("Prevention education", "Public awareness", "Volunteer support")

AREA_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kansas-city": "816",
        "st-louis": "314",
        "northeast": "660",
        "southeast": "573",
        "central": "573",
        "northwest": "660",
        "southwest": "417",
        "metro-east": "618",
    }
)
"""Telephone area code by region of the policy."""
