"""Wordings of what one posting states."""

from __future__ import annotations

from ammo_subspace_job.wordings.build import wording

PAID = (("year", "a year"), ("hour", "an hour"))

POSTED = {
    **wording(
        "job.posted",
        frames=(
            "On {date}, the {agency} posted the job {title}.",
            "The {agency} posted a job on {date}: {title}.",
            "On {date}, the {agency} posted a new job: {title}.",
            "The {agency} was looking on {date} for somebody to be {title}.",
            "A new job was posted by the {agency} on {date}: {title}.",
        ),
        titles=(
            "{agency}: a new job, {title}",
            "The {agency} posts {title}",
            "New at the {agency}: {title}",
            "A new job at the {agency}: {title}",
            "At the {agency}: {title}",
            "The {agency} looks for somebody: {title}",
            "The {agency}: {title}, posted on {date}",
        ),
        words="new looking looks somebody posts posted listed",
        keeps=("posted looking",),
    ),
    **{
        name: made
        for rate, per in PAID
        for name, made in wording(
            f"job.pay_{rate}",
            frames=(
                f"The job {{title}} at the {{agency}} pays from {{low}} to {{high}} {per}.",
                f"The pay posted for {{title}} at the {{agency}} is from {{low}} to {{high}} {per}.",
                f"For the job {{title}}, the {{agency}} posted pay from {{low}} to {{high}} {per}.",
                f"As {{title}}, the {{agency}} pays from {{low}} to {{high}} {per}.",
            ),
            titles=(
                f"{{title}}: {{low}} to {{high}} {per}",
                f"{{title}} at the {{agency}}: {{low}} to {{high}} {per}",
                f"{{title}} pays from {{low}} to {{high}} {per}",
                f"{{title}}, with pay from {{low}} to {{high}} {per}",
                f"Pay for {{title}}: from {{low}} to {{high}} {per}",
                f"{{title}}: pay from {{low}} to {{high}} {per}",
            ),
            words="pay pays salary range",
            keeps=("pay pays", "from", "to", rate),
        ).items()
    },
    **wording(
        "job.pay_flat",
        frames=(
            "The job {title} at the {agency} pays {low} a year.",
            "The pay posted for {title} at the {agency} is {low} a year.",
            "For the job {title}, the {agency} posted pay of {low} a year.",
            "As {title}, the {agency} pays {low} a year.",
        ),
        titles=(
            "{title}: {low} a year",
            "{title} at the {agency}: {low} a year",
            "{title} pays {low} a year",
            "{title}, with pay of {low} a year",
            "Pay for {title}: {low} a year",
            "{title}: pay of {low} a year",
        ),
        words="pay pays salary",
        keeps=("pay pays", "year"),
    ),
    **wording(
        "job.listed",
        frames=(
            "The job {title}, posted by the {agency} on {date}, is listed under {family}.",
            "On {date}, the job {title} at the {agency} was posted under {family}.",
            "Posted on {date}, the job {title} at the {agency} is listed under {family}.",
            "The job {title} at the {agency} was posted on {date} under {family}.",
        ),
        titles=(
            "{title} is listed under {family}",
            "{title}: a job under {family}",
            "{title} at the {agency}, under {family}",
            "{title}, listed under {family}",
            "{title}: posted under {family}",
            "{title}, a job under {family}",
        ),
        words="listed under family posted",
        keeps=("under", "posted"),
    ),
    **wording(
        "job.level",
        frames=(
            "The job {title}, posted by the {agency} on {date}, is {time} at level {level}.",
            "On {date}, the job {title} at the {agency} was posted as {time} at level {level}.",
            "Posted on {date}, the job {title} at the {agency} is {time} at level {level}.",
            "The job {title} at the {agency} was posted on {date} as {time} at level {level}.",
        ),
        titles=(
            "{title}: {time} at level {level}",
            "{title} is {time} at level {level}",
            "{title} at the {agency}: {time} at level {level}",
            "{title}, {time} at level {level}",
            "{title}: level {level}",
            "{title}, a job at level {level}",
        ),
        words="level posted",
        keeps=("level",),
    ),
    **wording(
        "job.time",
        frames=(
            "The job {title}, posted by the {agency} on {date}, is {time}.",
            "On {date}, the job {title} at the {agency} was posted as {time}.",
            "Posted on {date}, the job {title} at the {agency} is {time}.",
            "The job {title} at the {agency} was posted on {date} as {time}.",
        ),
        titles=(
            "{title}: a {time} job",
            "{title} is {time}",
            "{title} at the {agency} is {time}",
            "{title}, a {time} job",
            "{title} at the {agency}: a {time} job",
            "{title} at the {agency}, a {time} job",
        ),
        words="posted time",
        keeps=("is was",),
    ),
    **wording(
        "job.several",
        frames=(
            "On {date}, the {agency} posted {count} for the job {title}.",
            "The {agency} posted {count} on {date} for the job {title}.",
            "On {date}, {count} at the {agency} were posted for the job {title}.",
            "The {agency} was looking on {date} to fill {count} for the job {title}.",
        ),
        titles=(
            "The {agency} posts {count}: {title}",
            "{count} at the {agency}: {title}",
            "The {agency} has {count} for {title}",
            "The {agency} looks to fill {count}: {title}",
            "{count} open at the {agency}: {title}",
            "{count} for {title}",
        ),
        words="open fill looking looks posts posted new",
        keeps=("posted looking",),
    ),
    **wording(
        "job.asks",
        frames=(
            "The posting of {title} by the {agency} on {date} names the skill {skill}.",
            "Posted on {date}, the job {title} at the {agency} names the skill {skill}.",
            "On {date}, the {title} posting at the {agency} named the skill {skill}.",
            "The job {title}, posted at the {agency} on {date}, names the skill {skill}.",
        ),
        titles=(
            "{title}: the skill {skill}",
            "{title} names {skill}",
            "{title} at the {agency} names {skill}",
            "{title}: a job that names {skill}",
            "{title}, a job with {skill}",
            "{title}: a job with {skill}",
        ),
        words="names named skill posted",
        keeps=("names named", "skill"),
    ),
    **wording(
        "job.names",
        frames=(
            "By its title, the job {title} at the {agency}, posted on {date}, is a post for {occupation}.",
            "Posted on {date}, the job {title} at the {agency} is a post for {occupation} by its title.",
            "The job {title}, posted by the {agency} on {date}, is by its title a post for {occupation}.",
            "On {date}, the job {title} at the {agency} was posted, by its title a post for {occupation}.",
        ),
        titles=(
            "{title}: a post for {occupation}",
            "{title} is a post for {occupation}",
            "{title} at the {agency}: a post for {occupation}",
            "{title}, a post for {occupation}",
            "{title}: work for {occupation}",
            "{title}, work for {occupation}",
        ),
        words="work posted title",
        keeps=("title", "post"),
    ),
}
"""Predicate → wording."""
