"""Wordings of prerequisites: what comes before a course, what builds on it, and how long the way is."""

from ammo_subspace_edu.wordings.build import wording

PATHS = {
    **wording(
        "edu.needs",
        frames=(
            "In {year}, the {curriculum} curriculum gives {other} as a prerequisite of {name}.",
            "In the {curriculum} curriculum, {other} is a prerequisite of {name} in {year}.",
            "In {year}, the {curriculum} curriculum has {other} listed before {name} as its prerequisite.",
        ),
        titles=(
            "{other} before {name}",
            "{other} is a prerequisite of {name}",
            "{other}, a prerequisite of {name}",
            "{other} comes before {name}",
            "First {other}, then {name}",
        ),
        words="prerequisite before first comes then",
        keeps=("prerequisite",),
    ),
    **wording(
        "edu.needs_two",
        frames=(
            "In {year}, the {curriculum} curriculum gives {other} and {second} as prerequisites of {name}.",
            "In the {curriculum} curriculum, {other} and {second} are prerequisites of {name} in {year}.",
            "In {year}, the {curriculum} curriculum has {other} and {second} listed before {name} as its prerequisites.",
        ),
        titles=(
            "{other} and {second} before {name}",
            "{other} and {second} come before {name}",
            "{other} and {second}, prerequisites of {name}",
            "{other} and {second} are prerequisites of {name}",
            "First {other} and {second}, then {name}",
        ),
        words="prerequisites before first come then",
        keeps=("prerequisites",),
    ),
    **wording(
        "edu.leads",
        frames=(
            "In {year}, {name} is a prerequisite of {other} in the {curriculum} curriculum.",
            "{name} is a prerequisite of {other} in the {curriculum} curriculum in {year}.",
            "In {year}, {name} leads to {other} in the {curriculum} curriculum as a prerequisite.",
        ),
        titles=(
            "{name} leads to {other}",
            "{name} comes before {other}",
            "{name} before {other}",
            "{name} is a prerequisite of {other}",
            "{name}, a prerequisite of {other}",
        ),
        words="leads prerequisite before next comes",
        keeps=("prerequisite",),
    ),
    **wording(
        "edu.chain",
        frames=(
            "The {curriculum} curriculum has a chain of {count} beginning with {first} before {name}.",
            "The {curriculum} curriculum has a prerequisite chain of {count} from {first} on that leads to {name}.",
            "In the {curriculum} curriculum, a prerequisite chain of {count} from {first} on leads to {name}.",
        ),
        titles=(
            "A chain of {count} leads to {name}",
            "A chain of {count} before {name}",
            "A chain of {count} from {first} on leads to {name}",
            "A prerequisite chain of {count} leads to {name}",
            "{count} before {name}",
        ),
        words="chain prerequisite prerequisites before way leads",
        keeps=("chain", "leads before"),
    ),
    **wording(
        "edu.reach",
        frames=(
            "In the {curriculum} curriculum, {name} comes to {weeks} together with the {count} that come before it.",
            "In the {curriculum} curriculum, {name} and the {count} that come before it take {weeks}.",
            "In the {curriculum} curriculum, {name} takes {weeks} if counted with the {count} that come before it.",
        ),
        titles=(
            "{name}: {weeks} with the {count} before it",
            "{name} takes {weeks} with the {count} before it",
            "{weeks} to {name}",
            "{name} and the {count} before it: {weeks}",
            "{name}, {weeks} with all that comes before it",
        ),
        words="together counted before way takes all",
        keeps=("before",),
    ),
    **wording(
        "edu.builds",
        frames=(
            "In the {curriculum} curriculum, {count} build on {name}, directly or by way of other courses.",
            "The {curriculum} curriculum has {count} that build on {name}, directly or through other courses.",
            "In the {curriculum} curriculum, {count} come after {name}, directly or through other courses.",
        ),
        titles=(
            "{count} build on {name}",
            "{count} come after {name}",
            "What builds on {name}: {count}",
            "In {curriculum}, {count} build on {name}",
            "{count} after {name}",
        ),
        words="build builds built after need directly",
        keeps=("build builds after",),
    ),
    **wording(
        "edu.topic_way",
        frames=(
            "In the {curriculum} curriculum, {topic} is reached the shortest way by {count} ending with {name}, {total} in all.",
            "The {curriculum} curriculum has as its shortest way to {topic} {count} ending with {name}, {total} in all.",
            "In the {curriculum} curriculum, the shortest way to {topic} leads over {count} ending with {name}, {total} in all.",
        ),
        titles=(
            "The shortest way to {topic}: {total}",
            "The shortest way to {topic} is {count}",
            "The shortest way to {topic}: {count} ending with {name}",
            "To {topic} in {total}",
            "The way to {topic}: {count}, {total} in all",
        ),
        words="shortest way reached hours takes",
        keeps=("shortest", "way", "ending"),
    ),
    **wording(
        "edu.deepest",
        frames=(
            "The {curriculum} curriculum has its longest chain of prerequisites with {count}, from {first} to {last}.",
            "In the {curriculum} curriculum, the longest chain of prerequisites has {count}, from {first} to {last}.",
            "In the {curriculum} curriculum, the longest prerequisite chain leads over {count}, from {first} to {last}.",
        ),
        titles=(
            "The longest chain of {curriculum}: {count}",
            "The longest chain: from {first} to {last}",
            "From {first} to {last}: the longest chain",
            "The longest chain of prerequisites in {curriculum}",
            "A chain of {count} from {first} to {last}",
        ),
        words="longest chain prerequisite prerequisites way",
        keeps=("longest", "chain"),
    ),
    **wording(
        "edu.hub",
        frames=(
            "In the {curriculum} curriculum, {count} build on {name}, more than on any other.",
            "The {curriculum} curriculum has {count} that build on {name}, more than on any other course.",
            "In the {curriculum} curriculum, {count} come after {name}, more than after any other course.",
        ),
        titles=(
            "{count} build on {name}",
            "In {curriculum}, {count} build on {name}",
            "{count} build on {name}, more than on any other",
            "{count} come after {name}",
            "What {count} build on: {name}",
        ),
        words="build builds after more any other",
        keeps=("build after", "more"),
    ),
}
"""Predicate → wording."""
