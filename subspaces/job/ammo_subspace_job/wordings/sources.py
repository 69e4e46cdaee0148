"""Wordings of what O*NET says of an occupation, and ESCO of a skill; their own words are a slot, told whole."""

from __future__ import annotations

from ammo_subspace_job.wordings.build import wording

SOURCES = {
    **wording(
        "job.does",
        frames=(
            "The US Department of Labor says, as of {year}, that {occupation} {does}.",
            "As the US Department of Labor says, as of {year}, {occupation} {does}.",
            "As of {year}, so the US Department of Labor says, {occupation} {does}.",
            "What the US Department of Labor says, as of {year}, is that {occupation} {does}.",
        ),
        titles=(
            "The work of {occupation}",
            "{occupation} and their work",
            "{occupation}: their work",
            "About the work of {occupation}",
            "The work of {occupation}, as of {year}",
            "{occupation}, in the words of the US Department of Labor",
        ),
        words="words work says about what so",
        keeps=("says",),
    ),
    **wording(
        "job.needs",
        frames=(
            "As of {year}, the description of {occupation} names the skill {skill}.",
            "In the description of {occupation}, as of {year}, the skill {skill} is named.",
            "In the description of {occupation}, the skill {skill} is named, as of {year}.",
            "The description of {occupation} names the skill {skill}, as of {year}.",
        ),
        titles=(
            "{occupation} and {skill}",
            "{occupation}: the skill {skill}",
            "{occupation}: a description that names {skill}",
            "The description of {occupation} names {skill}",
            "{occupation}, described with {skill}",
            "{occupation} and the skill {skill}",
        ),
        words="description names named skill described",
        keeps=("description", "names named", "skill"),
    ),
    **wording(
        "job.means",
        frames=(
            "The skill {skill} is described in {version} of ESCO as {what}.",
            "In ESCO, {version}, the skill {skill} is described as {what}.",
            "In ESCO, the skill {skill} is described in {version} as {what}.",
            "As described in {version} of ESCO, the skill {skill} is {what}.",
        ),
        titles=(
            "The skill {skill}",
            "The skill {skill}, as ESCO describes it",
            "The skill {skill}, described by ESCO",
            "The skill {skill}, in the words of ESCO",
            "About the skill {skill}",
            "About {skill}, a skill",
        ),
        words="described describes skill words about",
        keeps=("described describes", "skill"),
    ),
    **wording(
        "job.skill_spread",
        frames=(
            "Of the {total} here, {count} have descriptions that name the skill {skill}.",
            "The skill {skill} is named in the descriptions of {count} of the {total} here.",
            "In the descriptions of {count} of the {total} here, the skill {skill} is named.",
            "{count} of the {total} here have descriptions that name the skill {skill}.",
        ),
        titles=(
            "Descriptions of {count} of {total} here name {skill}",
            "{count} of {total} here name {skill}",
            "The skill {skill} in {count} of {total} here",
            "The descriptions of {count} of {total} here name {skill}",
            "The skill {skill}, named by {count} of {total} here",
            "{count} of {total} here have {skill} in their descriptions",
        ),
        words="named name skill descriptions description",
        keeps=("named name", "descriptions", "here", "skill"),
    ),
}
"""Predicate → wording."""
