"""HED tags (Hierarchical Event Descriptors): what each event is, in words that tools of other studies understand."""

import copy
from typing import Any

HED_VERSION = "8.4.0"
_SHOWN = "Sensory-event, Visual-presentation, (Image, Computer-screen)"
_OFFER = "Sensory-event, Visual-presentation, (Avatar-agent, Computer-screen)"
TAGS = {
    "trial_type": {
        "choice": f"{_OFFER}, Cue, (Participant-response, Press)",
        "choice_miss": f"{_OFFER}, Cue, (Participant-response, Omitted-action)",
        "feedback": f"{_SHOWN}, Feedback, Label/Match-and-rank",
        "match": f"{_SHOWN}, Feedback, Label/Match",
        "rank": f"{_SHOWN}, Feedback, Label/Rank",
        "too_slow": f"{_SHOWN}, Feedback, Penalty, Label/Too-slow",
        "share": f"{_SHOWN}, Reward, (Participant-response, Press)",
        "share_miss": f"{_SHOWN}, Reward, (Participant-response, Omitted-action)",
    },
    "side": {"left": "Left-side-of", "right": "Right-side-of"},
    "match": {"match": "Condition-variable/Match", "no_match": "Condition-variable/No-match"},
    "rank_shown": {"yes": "Condition-variable/Explicit", "no": "Condition-variable/Hidden"},
    "share": {"keep": "Label/Keep", "split": "Label/Split"},
}
"""By column and word."""


def tagged(described: dict[str, Any]) -> dict[str, Any]:
    """Give the description of columns with their tags."""
    described = copy.deepcopy(described)
    for column, tags in TAGS.items():
        described[column]["HED"] = tags
    return described
