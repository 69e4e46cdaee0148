"""The canonical sentence of every predicate. A frame holds no digit; names keep one order in all wordings.

“Here” always means: among the postings (or the occupations) of this subspace, on that day.
"""

from __future__ import annotations

FRAMES: dict[str, str] = {
    "job.posted": "The {agency} posted the job {title} on {date}.",
    "job.pay_year": "The job {title} at the {agency} was posted with pay from {low} to {high} a year.",
    "job.pay_hour": "The job {title} at the {agency} was posted with pay from {low} to {high} an hour.",
    "job.pay_flat": "The job {title} at the {agency} was posted with pay of {low} a year.",
    "job.listed": "The job {title} at the {agency}, posted on {date}, is listed under {family}.",
    "job.level": "The job {title} at the {agency}, posted on {date}, is {time} at level {level}.",
    "job.time": "The job {title} at the {agency}, posted on {date}, is {time}.",
    "job.several": "The {agency} posted {count} for the job {title} on {date}.",
    "job.asks": "The posting of {title} at the {agency} on {date} names the skill {skill}.",
    "job.names": "The job {title} at the {agency}, posted on {date}, is a post for {occupation} by its title.",
    "job.high": "Of {total} listed under {family} in the year to {date}, {count} pay less than the job {title} at the {agency}, with up to {high} a year.",
    "job.first": "With {title}, the {agency} posted its first job here listed under {family} on {date}.",
    "job.agency_burst": "{count} of the {total} posted here in the {window} to {date} came from the {agency}, against {usual} at its share of the year before.",
    "job.family_burst": "{count} of the {total} posted here in the {window} to {date} are listed under {family}, against {usual} at its share of the year before.",
    "job.skill_up": "{share} of the {total} posted here in the {window} to {date} name the skill {skill}, up from {before} in the year before.",
    "job.skill_down": "{share} of the {total} posted here in the {window} to {date} name the skill {skill}, down from {before} in the year before.",
    "job.family_up": "{share} of the {total} posted here in the {window} to {date} are listed under {family}, up from {before} in the year before.",
    "job.family_down": "{share} of the {total} posted here in the {window} to {date} are listed under {family}, down from {before} in the year before.",
    "job.agency_month": "The {agency} posted {count} of the {total} here in {month}.",
    "job.family_month": "{count} of the {total} posted here in {month} are listed under {family}.",
    "job.family_median": "The median starting pay of {total}, posted here in {month} under {family}, is {median} a year.",
    "job.agency_family": "{count} of the {total} that the {agency} posted here by {date} are listed under {family}, more than under any other family.",
    "job.agency_inside": "{count} of the {total} that the {agency} posted here by {date} are internal postings.",
    "job.occupation_seen": "{count} of the {total} posted here by {date} are posts for {occupation} by their titles.",
    "job.occupation_pay": "The median starting pay of {count}, posted here for {occupation} by {date}, is {median} a year.",
    "job.skill_seen": "{count} of the {total} posted here by {date} name the skill {skill}.",
    "job.does": "As of {year}, the US Department of Labor says that {occupation} {does}.",
    "job.needs": "The description of {occupation}, as of {year}, names the skill {skill}.",
    "job.means": "In {version} of ESCO, the skill {skill} is described as {what}.",
    "job.skill_spread": "The descriptions of {count} of the {total} here name the skill {skill}.",
}
