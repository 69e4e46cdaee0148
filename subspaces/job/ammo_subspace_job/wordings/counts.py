"""Wordings of what counting says, month by month."""

from __future__ import annotations

from ammo_subspace_job.wordings.build import wording

COUNTS = {
    **wording(
        "job.agency_month",
        frames=(
            "In {month}, the {agency} posted {count} of the {total} here.",
            "The {agency} posted in {month} {count} of the {total} here.",
            "By the {agency}, {count} of the {total} here were posted in {month}.",
            "The {agency} had {count} of the {total} posted here in {month}.",
        ),
        titles=(
            "The {agency} in {month}: {count} of {total} here",
            "The {agency} posted {count} of {total} here",
            "{month}: the {agency} posted {count} of {total} here",
            "The {agency}: {count} of {total} here in {month}",
            "In {month}: the {agency} with {count} of {total} here",
            "The {agency} had {count} of {total} here",
        ),
        words="posted month",
        keeps=("posted", "here"),
    ),
    **wording(
        "job.family_month",
        frames=(
            "In {month}, {count} of the {total} posted here are listed under {family}.",
            "Of the {total} posted here in {month}, {count} are listed under {family}.",
            "{count} of the {total} posted here in {month} were listed under {family}.",
            "Of the {total} here in {month}, {count} were posted under {family}.",
        ),
        titles=(
            "{count} of {total} here under {family}",
            "{month}: {count} of {total} here under {family}",
            "{count} of {total} in {month} under {family}",
            "{family}: {count} of {total} here in {month}",
            "{family} in {month}: {count} of {total} here",
            "{family}: {count} of {total} here",
        ),
        words="posted listed month under",
        keeps=("here", "under", "are were"),
    ),
    **wording(
        "job.family_median",
        frames=(
            "The median starting pay of the {total}, posted here in {month} under {family}, is {median} a year.",
            "For {total}, posted here in {month} under {family}, the median starting pay is {median} a year.",
            "For the {total}, posted here in {month} under {family}, the median starting pay is {median} a year.",
            "The median starting pay of {total}, posted here in {month} and listed under {family}, is {median} a year.",
        ),
        titles=(
            "Median starting pay under {family}: {median} a year",
            "{family}: a median starting pay of {median} a year",
            "{month}: median starting pay under {family} of {median}",
            "{family} in {month}: a median starting pay of {median}",
            "Starting pay under {family}: a median of {median} a year",
            "{family}: median starting pay of {median} a year",
        ),
        words="median starting pay salary half",
        keeps=("median", "starting", "pay", "year"),
    ),
    **wording(
        "job.agency_family",
        frames=(
            "Of the {total} that the {agency} posted here by {date}, {count} are listed under {family}, more than under any other family.",
            "By {date}, {count} of the {total} that the {agency} posted here are listed under {family}, more than under any other family.",
            "Of the {total} posted here by the {agency} by {date}, {count} are listed under {family}, more than under any other family.",
            "More of the {total} that the {agency} posted here by {date} are listed under {family} than under any other family, {count}.",
        ),
        titles=(
            "The {agency} and {family}",
            "The {agency}: {count} of {total} here under {family}",
            "{count} of {total} here by the {agency} are under {family}",
            "The {agency} posts under {family}",
            "The {agency} has {count} of {total} here under {family}",
            "The {agency} posted {count} of {total} here under {family}",
        ),
        words="more than any other listed under posted posts family",
        keeps=("here", "listed", "more", "than", "posted"),
    ),
    **wording(
        "job.agency_inside",
        frames=(
            "Of the {total} that the {agency} posted here by {date}, {count} are internal postings.",
            "By {date}, {count} of the {total} that the {agency} posted here are internal postings.",
            "Of the {total} posted here by the {agency} by {date}, {count} are internal postings.",
            "{count} of the {total} that the {agency} posted here by {date} were internal postings.",
        ),
        titles=(
            "{count} of {total} here by the {agency} are internal postings",
            "{count} of {total} by the {agency} are internal",
            "The {agency}: {count} of {total} here are internal postings",
            "The {agency} posted {count} of {total} here as internal postings",
            "The {agency}: {count} internal postings here",
            "The {agency} has {count} internal postings of {total} here",
        ),
        words="internal posted",
        keeps=("internal", "here", "are were"),
    ),
    **wording(
        "job.occupation_seen",
        frames=(
            "Of the {total} posted here by {date}, {count} are posts for {occupation} by their titles.",
            "By {date}, {count} of the {total} posted here are posts for {occupation} by their titles.",
            "By their titles, {count} of the {total} posted here by {date} are posts for {occupation}.",
            "By their titles, posts for {occupation} are {count} of the {total} posted here by {date}.",
        ),
        titles=(
            "{count} of {total} here are posts for {occupation}",
            "{occupation}: {count} of {total} here",
            "Posts for {occupation}: {count} of {total} here",
            "{count} posts here for {occupation}",
            "{occupation} and {count} posts here",
            "{count} of {total} here for {occupation}",
        ),
        words="posts titles posted title",
        keeps=("posts", "here", "titles"),
    ),
    **wording(
        "job.occupation_pay",
        frames=(
            "The median starting pay of the {count}, posted here for {occupation} by {date}, is {median} a year.",
            "For {count}, posted here for {occupation} by {date}, the median starting pay is {median} a year.",
            "For the {count}, posted here for {occupation} by {date}, the median starting pay is {median} a year.",
            "The median starting pay is {median} a year for {count}, posted here for {occupation} by {date}.",
        ),
        titles=(
            "Median starting pay for {occupation}: {median} a year",
            "{occupation}: a median starting pay of {median} a year",
            "{occupation}: a median starting pay of {median}",
            "Starting pay for {occupation}: a median of {median} a year",
            "Median starting pay for {occupation}: {median}",
            "For {occupation}: a median starting pay of {median} a year",
        ),
        words="median starting pay salary half",
        keeps=("median", "starting", "pay", "year", "here"),
    ),
    **wording(
        "job.skill_seen",
        frames=(
            "Of the {total} posted here by {date}, {count} name the skill {skill}.",
            "By {date}, {count} of the {total} posted here name the skill {skill}.",
            "By {date}, of the {total} posted here, {count} name the skill {skill}.",
            "The skill {skill} is named by {count} of the {total} posted here by {date}.",
        ),
        titles=(
            "{count} of {total} here name {skill}",
            "The skill {skill}: {count} of {total} here",
            "{count} of {total} here name the skill {skill}",
            "Jobs here that name {skill}: {count} of {total}",
            "{count} here name the skill {skill}",
            "The skill {skill}, named by {count} of {total} here",
        ),
        words="name names named skill posted",
        keeps=("name named", "here", "skill"),
    ),
}
"""Predicate → wording."""
