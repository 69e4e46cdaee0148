"""Wordings of what counting says about topics, sections and curricula."""

from ammo_subspace_edu.wordings.build import wording

GROUPS = {
    **wording(
        "edu.topic_count",
        frames=(
            "There are {count} here on {topic}, among them {first} and {second}.",
            "{count} here are about {topic}, among them {first} and {second}.",
            "Here are {count} on {topic}, among them {first} and {second}.",
        ),
        titles=(
            "{count} on {topic}",
            "{count} here are on {topic}",
            "{count} here are about {topic}",
            "There are {count} here on {topic}",
            "{count} on {topic}, among them {first}",
        ),
        words="among about learn there",
        keeps=("here", "among"),
    ),
    **wording(
        "edu.topic_two",
        frames=(
            "{count} here are on {topic}: {first} and {second}.",
            "There are {count} here on {topic}: {first} and {second}.",
            "On {topic}, there are {count} here: {first} and {second}.",
        ),
        titles=(
            "{count} on {topic}",
            "{count} on {topic}: {first} and {second}",
            "{count} here are on {topic}",
            "There are {count} here on {topic}",
            "The {count} here on {topic}",
        ),
        words="both about learn there",
        keeps=("here", "are", "on"),
    ),
    **wording(
        "edu.topic_short",
        frames=(
            "Of the {count} here on {topic} with hours listed, {name} takes the fewest: {total} in all.",
            "Of the {count} on {topic} with hours listed here, {name} has the fewest: {total} in all.",
            "Among the {count} here on {topic} with hours listed, {name} has the fewest: {total} in all.",
        ),
        titles=(
            "Of {count} on {topic}, {name} has the fewest hours",
            "The fewest hours on {topic}: {name}",
            "The fewest hours on {topic}: {total}",
            "The fewest hours on {topic}: {name}, {total}",
            "Of {count} on {topic}, {name} takes {total}",
        ),
        words="fewest hours listed among short takes",
        keeps=("fewest", "listed", "here"),
    ),
    **wording(
        "edu.covers",
        frames=(
            "The section {section} of the {curriculum} curriculum covers {topic} in {year}.",
            "In the year {year}, the section {section} of the {curriculum} curriculum covers {topic}.",
            "In {year}, the section {section} of the {curriculum} curriculum has {topic} among its topics.",
        ),
        titles=(
            "The section {section} covers {topic}",
            "{section} covers {topic}",
            "{section} of {curriculum} covers {topic}",
            "{section}, covering {topic}",
            "Covered in {section}: {topic}",
        ),
        words="covers covered topic topics learn",
        keeps=(
            "covers topics",
            "section",
        ),
    ),
    **wording(
        "edu.covers_two",
        frames=(
            "The section {section} of the {curriculum} curriculum covers {topic} and {second} in {year}.",
            "In the year {year}, the section {section} of the {curriculum} curriculum covers {topic} and {second}.",
            "In {year}, the section {section} of the {curriculum} curriculum has {topic} and {second} among its topics.",
        ),
        titles=(
            "The section {section} covers {topic} and {second}",
            "{section} covers {topic} and {second}",
            "{section} of {curriculum} covers {topic}",
            "{section}, covering {topic} and {second}",
            "Covered in {section}: {topic} and {second}",
        ),
        words="covers covered topic topics learn",
        keeps=(
            "covers topics",
            "section",
        ),
    ),
    **wording(
        "edu.section_size",
        frames=(
            "The section {section} in the {curriculum} curriculum holds {count}, {total} in all.",
            "The section {section} of the {curriculum} curriculum holds {count} that come to {total} in all.",
            "The section {section} of the {curriculum} curriculum offers {count}, {total} in all.",
        ),
        titles=(
            "{section}: {count}, {total} in all",
            "The section {section} has {count}",
            "{section} of {curriculum}: {total} in all",
            "{section} takes {total} in all",
            "The section {section}: {count}, {total} in all",
        ),
        words="section has holds offers takes come total",
        keeps=("section", "has holds offers"),
    ),
    **wording(
        "edu.section_count",
        frames=(
            "The section {section} in the {curriculum} curriculum has {count}, beginning with {first}.",
            "The section {section} of the {curriculum} curriculum holds {count}, beginning with {first}.",
            "The section {section} of the {curriculum} curriculum begins with {first} and has {count}.",
        ),
        titles=(
            "{section}: {count}",
            "The section {section} has {count}",
            "{section}: {count}, beginning with {first}",
            "{section} begins with {first}",
            "{section} of {curriculum}: {count}",
        ),
        words="section has holds begins beginning first",
        keeps=("section", "has holds"),
    ),
    **wording(
        "edu.size",
        frames=(
            "The {curriculum} curriculum has {count} in {sections}.",
            "There are {count} in {sections} of the {curriculum} curriculum.",
            "In {sections}, the {curriculum} curriculum lists {count}.",
        ),
        titles=(
            "{curriculum}: {count} in {sections}",
            "The {curriculum} curriculum has {count}",
            "{curriculum} lists {count} in {sections}",
            "The {curriculum} curriculum: {count} in {sections}",
            "{count} in {sections} of {curriculum}",
        ),
        words="has lists sections size",
        keeps=("lists has are",),
    ),
    **wording(
        "edu.place_most",
        frames=(
            "{count} of the {total} in the {curriculum} curriculum are linked to {place}, more than to any other site.",
            "In all, {count} of the {total} in the {curriculum} curriculum are on {place}, more than on any other site.",
            "{count} of the {total} of the {curriculum} curriculum are on {place}, more than on any other site.",
        ),
        titles=(
            "{count} of {total} are on {place}",
            "{count} of the {total} in {curriculum} are on {place}",
            "{count} of {total} in {curriculum}: on {place}",
            "{count} of the {total} are linked to {place}",
            "{count} of {total} in {curriculum} are on {place}",
        ),
        words="more any other site linked",
        keeps=("more", "on to"),
    ),
}
"""Predicate → wording."""
