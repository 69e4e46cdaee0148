"""Wordings of what leaves its habit: high pay, firsts, bursts, changed demand."""

from __future__ import annotations

from ammo_subspace_job.wordings.build import wording

GROUPS = {
    "agency": ("came from the {agency}", "from the {agency}", "The {agency}"),
    "family": ("are listed under {family}", "listed under {family}", "{family}"),
}
KINDS = {
    "skill": ("name the skill {skill}", "that name {skill}", "name names"),
    "family": ("are listed under {family}", "under {family}", "listed under"),
}

SHIFTS = {
    **wording(
        "job.high",
        frames=(
            "In the year to {date}, {count} of {total} listed under {family} pay less than the job {title} at the {agency}, with up to {high} a year.",
            "{count} of {total} listed under {family} in the year to {date} pay less than the job {title} at the {agency}, with up to {high} a year.",
            "Of the {total} listed under {family} in the year to {date}, {count} pay less than the job {title} at the {agency}, with up to {high} a year.",
            "Of {total} in the year to {date} listed under {family}, {count} pay less than the job {title} at the {agency}, with up to {high} a year.",
        ),
        titles=(
            "{title} pays up to {high} a year",
            "{title}: up to {high} a year",
            "{title} at the {agency} pays up to {high} a year",
            "{title}, with pay up to {high} a year",
            "{title} at the {agency}: up to {high} a year",
            "{count} of {total} under {family} pay less than {title}",
        ),
        words="pay pays paid less than salary",
        keeps=("pay", "up", "less"),
    ),
    **wording(
        "job.first",
        frames=(
            "On {date}, with {title}, the {agency} posted its first job here listed under {family}.",
            "With {title}, on {date}, the {agency} posted its first job here listed under {family}.",
            "The job {title} is the first here that the {agency} posted under {family}, on {date}.",
            "The job {title}, posted by the {agency} on {date}, is its first here listed under {family}.",
        ),
        titles=(
            "{title}: a first for the {agency}",
            "{title}: a first for the {agency} under {family}",
            "{title}: the first here by the {agency} under {family}",
            "With {title}, the {agency} posts its first job here under {family}",
            "{title}, the first here by the {agency} under {family}",
            "{title} is a first for the {agency}",
        ),
        words="first here new posts posted",
        keeps=("first", "here", "under"),
    ),
    **{
        name: made
        for kind, (said, short, head) in GROUPS.items()
        for name, made in wording(
            f"job.{kind}_burst",
            frames=(
                f"In the {{window}} to {{date}}, {{count}} of the {{total}} posted here {said}, against {{usual}} at its share of the year before.",
                f"Of the {{total}} posted here in the {{window}} to {{date}}, {{count}} {said}, against {{usual}} at its share of the year before.",
                f"Against {{usual}} at its share of the year before, {{count}} of the {{total}} posted here in the {{window}} to {{date}} {said}.",
                f"{{count}} of the {{total}} posted here in the {{window}} to {{date}} {said}; at its share of the year before it would be {{usual}}.",
            ),
            titles=(
                f"{{count}} of {{total}} in {{window}} {short}",
                f"{{count}} of {{total}} here {short}",
                f"{head}: {{count}} of {{total}} in {{window}}",
                f"{head}: {{count}} of {{total}} posted here in {{window}}",
                f"{head} has {{count}} of {{total}} here in {{window}}",
                f"Many jobs {short}: {{count}} of {{total}}",
            ),
            words="many new posted share usual rush burst",
            keeps=("against would", "share", "here"),
        ).items()
    },
    **{
        name: made
        for kind, (said, short, kept) in KINDS.items()
        for way in ("up", "down")
        for name, made in wording(
            f"job.{kind}_{way}",
            frames=(
                f"In the {{window}} to {{date}}, {{share}} of the {{total}} posted here {said}, {way} from {{before}} in the year before.",
                f"Of the {{total}} posted here in the {{window}} to {{date}}, {{share}} {said}, {way} from {{before}} in the year before.",
                f"{{share}} of the {{total}} posted here in the {{window}} to {{date}} {said}, {way} from {{before}} in the year before that.",
                f"In the {{window}} to {{date}}, {{share}} of the {{total}} here {said}, {way} from {{before}} in the year before.",
            ),
            titles=(
                f"Jobs here {short}: {{share}}",
                f"Jobs here {short}: {{share}}, {way} from {{before}}",
                f"Jobs {short}: {{share}} here, {way} from {{before}}",
                f"{{share}} of the {{total}} here {said}",
                f"{{share}} of jobs here {said}, {way} from {{before}}",
                f"{{share}} {said}, {way} from {{before}}",
            ),
            words="skill share demand",
            keeps=(kept, "here", "before", way),
        ).items()
    },
}
"""Predicate → wording."""
