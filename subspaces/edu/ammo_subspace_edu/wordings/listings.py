"""Wordings of what one row lists: how long a course takes, what it is on, where it stands and where it is found."""

from ammo_subspace_edu.wordings.build import wording

LISTINGS = {
    **wording(
        "edu.length",
        frames=(
            "In the {curriculum} curriculum, {name} is listed with {weeks} at {effort} a week.",
            "The {curriculum} curriculum gives {name} a length of {weeks} at {effort} a week.",
            "In the {curriculum} curriculum, {name} takes {weeks} at {effort} a week.",
        ),
        titles=(
            "{name}: {weeks} at {effort} a week",
            "{name} takes {weeks}",
            "{name}, {weeks} at {effort} a week",
            "{name}, listed with {weeks}",
            "{weeks} at {effort} a week: {name}",
            "{weeks} of {name}",
        ),
        words="listed length takes long weekly week",
        keeps=("lists listed gives takes", "week weekly"),
    ),
    **wording(
        "edu.hours",
        frames=(
            "{name} takes {total} in all, that is {weeks} at {effort} a week.",
            "At {effort} a week for {weeks}, {name} comes to {total} in all.",
            "{name} adds up to {total}: {weeks} at {effort} a week.",
        ),
        titles=(
            "{name} comes to {total}",
            "{name}: {total} in all",
            "{name} takes {total} in all",
            "{name}, {total} in {weeks}",
            "{total} of {name}",
            "{name}: {weeks} at {effort} a week",
        ),
        words="all total sum takes comes adds week weekly",
        keeps=("comes takes adds", "week weekly"),
    ),
    **wording(
        "edu.asks",
        frames=(
            "In {year}, the {curriculum} curriculum gives the prerequisites of {name} as {needs}.",
            "In the year {year}, the prerequisites of {name} in the {curriculum} curriculum are listed as {needs}.",
            "In {year}, the prerequisites of {name} are given in the {curriculum} curriculum as {needs}.",
        ),
        titles=(
            "Before {name}: {needs}",
            "Prerequisites of {name}: {needs}",
            "The prerequisites of {name}",
            "What comes before {name}: {needs}",
            "{name} and its prerequisites",
        ),
        words="prerequisite prerequisites listed before first comes",
        keeps=(
            "prerequisites",
            "listed given gives",
        ),
    ),
    **wording(
        "edu.free",
        frames=(
            "{name} is listed in the {curriculum} curriculum with no prerequisites in {year}.",
            "In the year {year}, {name} is listed in the {curriculum} curriculum with no prerequisites.",
            "In {year}, {name} is given in the {curriculum} curriculum with no prerequisites.",
        ),
        titles=(
            "{name}: no prerequisites",
            "{name} has no prerequisites",
            "No prerequisites: {name}",
            "{name}, with no prerequisites",
            "{name} is listed with no prerequisites",
        ),
        words="prerequisites listed open start",
        keeps=("no", "prerequisites"),
    ),
    **wording(
        "edu.on",
        frames=(
            "As of {year}, the course {name} is on {topic}.",
            "As of {year}, {name} is a course about {topic}.",
            "{name} is a course on {topic}, as of {year}.",
        ),
        titles=(
            "{name}, a course on {topic}",
            "{name}: a course on {topic}",
            "{name} is on {topic}",
            "{name}, on {topic}",
            "{name} is about {topic}",
        ),
        words="course subject topic about learn",
        keeps=("is", "on about subject"),
    ),
    **wording(
        "edu.on_count",
        frames=(
            "The course {name} is one of {count} here on {topic}.",
            "{name} is among {count} here on {topic}.",
            "One of {count} here is {name}, on {topic}.",
        ),
        titles=(
            "{name}, one of {count} here on {topic}",
            "{name} is one of {count} here on {topic}",
            "{name}, on {topic}",
            "{name}: one of {count} on {topic}",
            "{name} is on {topic}",
        ),
        words="one among course topic subject",
        keeps=("one among", "here", "on"),
    ),
    **wording(
        "edu.part",
        frames=(
            "The course {name} is one of {count} in the section {section} of the {curriculum} curriculum.",
            "{name} is among {count} in the section {section} of the {curriculum} curriculum.",
            "{name} is part of the {count} in the section {section} of the {curriculum} curriculum.",
        ),
        titles=(
            "{name}, one of {count} in {section}",
            "{name} is in the section {section}",
            "{name}, in the section {section}",
            "{name} is part of {section}",
            "{name}, from the section {section}",
        ),
        words="one among section part",
        keeps=(
            "one among part",
            "section",
        ),
    ),
    **wording(
        "edu.shared",
        frames=(
            "In {year}, the course {name} is in both the {curriculum} and the {other} curriculum.",
            "In {year}, {name} is listed in both the {curriculum} and the {other} curriculum.",
            "{name} is part of both the {curriculum} and the {other} curriculum in {year}.",
        ),
        titles=(
            "{name}: both {curriculum} and {other}",
            "{name} is in both {curriculum} and {other}",
            "{name}, in both {curriculum} and {other}",
            "{name} is part of both {curriculum} and {other}",
            "{name}, shared by {curriculum} and {other}",
        ),
        words="both shared listed part",
        keeps=("both",),
    ),
    **wording(
        "edu.shared_all",
        frames=(
            "The course {name} is in all {count} here.",
            "{name} is listed in all {count} here.",
            "{name} is part of all {count} here.",
        ),
        titles=(
            "{name} is in all {count}",
            "{name}, in all {count} here",
            "In all {count}: {name}",
            "{name} is part of all {count}",
            "{name}, shared by all {count}",
        ),
        words="all shared listed part",
        keeps=("all", "here"),
    ),
    **wording(
        "edu.longest",
        frames=(
            "{name} is the longest of all {count} in the section {section} of the {curriculum} curriculum, with {total} in all.",
            "With {total} in all, {name} is the longest of the {count} in the section {section} of the {curriculum} curriculum.",
            "{name} has {total} in all and is the longest of the {count} in the section {section} of the {curriculum} curriculum.",
        ),
        titles=(
            "{name}, the longest of the {count} in {section}",
            "{name} is the longest in {section}",
            "{name}: the longest in {section}",
            "{name}, {total} in all",
            "{name}, the longest in the section {section}",
        ),
        words="longest section total hours",
        keeps=("longest", "section"),
    ),
    **wording(
        "edu.where",
        frames=(
            "{name} is linked to {place} in the {curriculum} curriculum in {year}.",
            "In the year {year}, {name} is linked to {place} in the {curriculum} curriculum.",
            "In {year}, the link for {name} is to {place} in the {curriculum} curriculum.",
        ),
        titles=(
            "{name}: linked to {place}",
            "{name} is linked to {place}",
            "{name}, linked to {place}",
            "{name} and its link to {place}",
            "Where to find {name}: {place}",
        ),
        words="link links linked found find site learners",
        keeps=("linked link",),
    ),
    **wording(
        "edu.since",
        frames=(
            "{name} has been listed in the {curriculum} curriculum since {date}.",
            "Since {date}, {name} has been in the {curriculum} curriculum.",
            "The course {name} has been in the {curriculum} curriculum since {date}.",
        ),
        titles=(
            "{name}, here since {date}",
            "{name}: in {curriculum} since {date}",
            "{name} in the {curriculum} curriculum since {date}",
            "{name}, in {curriculum} since {date}",
            "Since {date}: {name}",
        ),
        words="since listed been",
        keeps=("since",),
    ),
}
"""Predicate → wording."""
