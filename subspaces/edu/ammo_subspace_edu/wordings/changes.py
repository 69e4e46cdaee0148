"""Wordings of what changes: what joins, leaves and moves, what a listing says anew, and what comes round."""

from ammo_subspace_edu.wordings.build import wording

CHANGES = {
    **wording(
        "edu.joined",
        frames=(
            "On {date}, {name} joined the {curriculum} curriculum.",
            "The course {name} joined the {curriculum} curriculum on {date}.",
            "{name} was added to the {curriculum} curriculum on {date}.",
            "{name} was made part of the {curriculum} curriculum on {date}.",
        ),
        titles=(
            "{name} joins the {curriculum} curriculum",
            "{name} joined {curriculum} on {date}",
            "{name}, new in {curriculum}",
            "{name} is added to {curriculum}",
            "{name}: new on {date}",
        ),
        words="new joined joins added part",
        keeps=("joined added made joins",),
    ),
    **wording(
        "edu.left",
        frames=(
            "On {date}, {name} left the {curriculum} curriculum.",
            "The course {name} left the {curriculum} curriculum on {date}.",
            "{name} was taken out of the {curriculum} curriculum on {date}.",
            "{name} was removed from the {curriculum} curriculum on {date}.",
        ),
        titles=(
            "{name} leaves the {curriculum} curriculum",
            "{name} left {curriculum} on {date}",
            "{name} is taken out of {curriculum}",
            "{name}, removed from {curriculum}",
            "{name} leaves on {date}",
        ),
        words="left leaves removed taken out gone",
        keeps=("left removed out leaves",),
    ),
    **wording(
        "edu.swap",
        frames=(
            "{name} joined and {other} left the section {section} of the {curriculum} curriculum on {date}.",
            "On {date}, {name} was added and {other} left the section {section} of the {curriculum} curriculum.",
            "On {date}, {name} came and {other} left in the section {section} of the {curriculum} curriculum.",
        ),
        titles=(
            "{name} joined and {other} left",
            "{name} joins and {other} leaves",
            "{name} comes and {other} leaves",
            "{name} joined and {other} left on {date}",
            "{name} comes, {other} leaves",
        ),
        words="joined left added came joins leaves",
        keeps=("joined added came", "left", "section"),
    ),
    **wording(
        "edu.moved",
        frames=(
            "On {date}, {name} moved to the section {section} of the {curriculum} curriculum.",
            "{name} was moved to the section {section} of the {curriculum} curriculum on {date}.",
            "{name} went to the section {section} of the {curriculum} curriculum on {date}.",
        ),
        titles=(
            "{name} moves to {section}",
            "{name} moved to the section {section}",
            "{name}, moved to {section}",
            "{name} moved to {section} on {date}",
            "{name} is moved to {section}",
        ),
        words="moved moves section place",
        keeps=("moved went", "section"),
    ),
    **wording(
        "edu.length_change",
        frames=(
            "On {date}, the {curriculum} curriculum moved the length of {name} from {old} to {new}.",
            "In the {curriculum} curriculum, the length of {name} went from {old} to {new} on {date}.",
            "The {curriculum} curriculum changed the length of {name} from {old} to {new} on {date}.",
        ),
        titles=(
            "{name}: from {old} to {new}",
            "{name} goes from {old} to {new}",
            "The length of {name} went from {old} to {new}",
            "{name}: a length of {new}",
            "A change for {name}: from {old} to {new}",
        ),
        words="length change changed listed goes went moved",
        keeps=("changed went moved", "length"),
        numbers=("old",),
    ),
    **wording(
        "edu.effort_change",
        frames=(
            "On {date}, the {curriculum} curriculum moved the effort for {name} from {old} to {new} a week.",
            "In the {curriculum} curriculum, the effort for {name} went from {old} to {new} a week on {date}.",
            "The {curriculum} curriculum changed the effort for {name} from {old} to {new} a week on {date}.",
        ),
        titles=(
            "{name}: from {old} to {new} a week",
            "{name} goes from {old} to {new} a week",
            "The effort for {name} went from {old} to {new}",
            "{name}: an effort of {new} a week",
            "A change for {name}: from {old} to {new}",
        ),
        words="effort change changed listed goes went moved week",
        keeps=("changed went moved", "effort", "week"),
        numbers=("old",),
    ),
    **wording(
        "edu.needs_change",
        frames=(
            "On {date}, the {curriculum} curriculum moved the prerequisites of {name} from {old} to {needs}.",
            "In the {curriculum} curriculum, the prerequisites of {name} went from {old} to {needs} on {date}.",
            "The {curriculum} curriculum changed the prerequisites of {name} from {old} to {needs} on {date}.",
        ),
        titles=(
            "{name}: from {old} to {needs}",
            "The prerequisites of {name} change",
            "Prerequisites of {name}: from {old} to {needs}",
            "The prerequisites of {name} are changed",
            "A change for {name}: from {old} to {needs}",
        ),
        words="prerequisites prerequisite change changed changes moved went before",
        keeps=("changed went moved", "prerequisites"),
    ),
    **wording(
        "edu.relinked",
        frames=(
            "In the {curriculum} curriculum, the link for {name} went from {old} to {place} on {date}.",
            "On {date}, the {curriculum} curriculum changed its link for {name} from {old} to {place}.",
            "The {curriculum} curriculum moved its link for {name} from {old} to {place} on {date}.",
        ),
        titles=(
            "{name}: from {old} to {place}",
            "{name} goes from {old} to {place}",
            "The link for {name} went from {old} to {place}",
            "A new link for {name}: {place}",
            "The link for {name} moves to {place}",
        ),
        words="link moved moves changed new site went goes",
        keeps=("moved went changed", "link"),
    ),
    **wording(
        "edu.anniversary",
        frames=(
            "{name} had been in the {curriculum} curriculum for {years} on {date}.",
            "On {date} it was {years} since {name} joined the {curriculum} curriculum.",
            "{name} joined the {curriculum} curriculum {years} before {date}.",
        ),
        titles=(
            "{years} of {name}",
            "{name}: {years} in {curriculum}",
            "{years} since {name} joined {curriculum}",
            "{name}, {years} in the {curriculum} curriculum",
            "{name} in {curriculum} for {years}",
        ),
        words="anniversary since joined ago old",
        keeps=("been since joined",),
    ),
    **wording(
        "edu.year",
        frames=(
            "{joined} joined and {gone} left the {curriculum} curriculum in {year}.",
            "In {year}, {joined} came to and {gone} left the {curriculum} curriculum.",
            "In the year {year}, {joined} joined and {gone} left the {curriculum} curriculum.",
        ),
        titles=(
            "{joined} joined and {gone} left {curriculum} in {year}",
            "In {year}, {joined} joined and {gone} left {curriculum}",
            "In {year} {joined} joined and {gone} left {curriculum}",
            "{joined} joined and {gone} left the {curriculum} curriculum",
            "The year {year}: {joined} joined and {gone} left {curriculum}",
        ),
        words="joined left came year",
        keeps=("joined came", "left"),
    ),
}
"""Predicate → wording."""
