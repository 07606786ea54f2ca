"""How urgent a message is: what its text says, and a written policy that may only raise it, with reasons.

Reading path: `decide_urgency` (the text) `→ in_context` (the sender's earlier complaints and value)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from service.errors import PolicyRejected
from service.text import shown

Row = NDArray[np.float64]
ReasonId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Reason(_Part):
    """Something a message may say that makes it urgent. `at_least`: the lowest level it then gets."""

    at_least: str
    guide: str = ""


class Contacts(_Part):
    """So many complaints of one sender within so many days, this one counted, and what that does."""

    days: int = Field(gt=0, le=3650)
    complaints: int = Field(ge=2)
    at_least: str | None = None
    steps: int = Field(0, ge=0, le=1, alias="raise")

    @property
    def id(self) -> str:
        """The reason as it is named in the answer."""
        return f"contacts_in_{self.days}_days"


class CustomerValue(_Part):
    """What a customer's value does to the level: so many steps up, from this level on."""

    steps: int = Field(alias="raise", ge=0, le=1)
    start: str = Field(alias="from")


class UrgencyPolicy(_Part):
    """The policy in `urgency.yaml`. One without any entry leaves everything to the text."""

    version: int = Field(ge=1)
    precision: float = Field(0.8, gt=0.5, lt=1)
    support: float = Field(0.0, ge=0, lt=1)
    """How likely a reason for the most urgent level must be before the text gets that level."""
    reasons: Mapping[ReasonId, Reason] = Field(default_factory=dict)
    contacts: tuple[Contacts, ...] = ()
    customer_values: Mapping[str, CustomerValue] = Field(default_factory=dict)

    def to_yaml(self) -> str:
        """The policy as YAML that `read_policy` reads back to an equal one."""
        fields = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=110)

    @property
    def longest(self) -> timedelta:
        """How far back the sender's earlier complaints matter."""
        return timedelta(days=max((one.days for one in self.contacts), default=0))


NO_POLICY = UrgencyPolicy(version=1)
NO_REASON = Reason(at_least="")
STATED = "yes"
STATES = ("no", STATED)
"""The labels of a reason's head: whether a message states it."""


def reason_task(name: str) -> str:
    """The task a reason's head is for."""
    return f"reason.{name}"


def read_policy(path: Path, levels: Sequence[str]) -> UrgencyPolicy:
    """The policy in the file. `levels`: the taxonomy's, most urgent first. Raises: PolicyRejected."""
    try:
        written: Any = yaml.safe_load(path.read_text("utf-8"))
        policy = UrgencyPolicy.model_validate(written)
    except UnicodeDecodeError as error:
        raise PolicyRejected(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
    except OSError as error:
        raise PolicyRejected(
            f"{path} cannot be read ({error.strerror}). Restore it from the repository."
        ) from error
    except yaml.YAMLError as error:
        raise PolicyRejected(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise PolicyRejected(
            f"{path}: {place}: {first['msg']}, not {shown(str(first['input']))}. Correct it and try again."
        ) from error
    named = [(f"reasons.{name}.at_least", reason.at_least) for name, reason in policy.reasons.items()]
    named += [
        (f"contacts.{place}.at_least", rule.at_least)
        for place, rule in enumerate(policy.contacts)
        if rule.at_least
    ]
    named += [(f"customer_values.{name}.from", value.start) for name, value in policy.customer_values.items()]
    for place, level in named:
        if level not in levels:
            raise PolicyRejected(
                f"{path}: {place}: {level!r} is not a level of the taxonomy: {', '.join(levels)}."
            )
    days = [rule.days for rule in policy.contacts]
    for number, count in Counter(days).items():
        if count > 1:
            raise PolicyRejected(f"{path}: contacts: {number} days have {count} lines; put them into one.")
    return policy


@dataclass(frozen=True)
class UrgencyDecision:
    """A level, the probability that it is right, and what raised it or speaks for it."""

    level: str
    probability: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sender:
    """What is known of a message's sender: when they complained before, and their value where it is given."""

    earlier: tuple[datetime, ...] = ()
    value: str | None = None


def decide_urgency(
    probabilities: Row,
    levels: Sequence[str],
    reasons: Mapping[str, float],
    *,
    least: Mapping[str, float],
    policy: UrgencyPolicy,
    order: Sequence[str],
) -> UrgencyDecision:
    """The level the text calls for, with the reasons it states.

    `probabilities`, shape (levels,), of `levels`; `reasons`: how likely the text states each; `least`: from
    which probability on each counts. `order`: the taxonomy's levels, most urgent first. The likeliest level
    is taken, the less urgent one of two equally likely: spreading probability out, which is what being
    unsure does, therefore never raises it. The most urgent level also needs one of its reasons to be at least
    as likely as the policy's `support`: it takes something that happened, tone alone will not do."""
    able = _supported(levels, reasons, policy=policy, order=order)
    best = max(able, key=lambda place: (probabilities[place], order.index(levels[place])))
    level, probability = levels[best], float(probabilities[best])
    stated = [
        (policy.reasons[name].at_least, chance, name)
        for name, chance in reasons.items()
        if name in policy.reasons and name in least and chance >= least[name]
    ]
    stated.sort(key=lambda one: (order.index(one[0]), -one[1], one[2]))
    if stated and order.index(stated[0][0]) < order.index(level):
        level, probability = (
            stated[0][0],
            max(stated[0][1], _at_least(probabilities, levels, stated[0][0], order)),
        )
    return UrgencyDecision(level, probability, tuple(name for _, _, name in stated))


def _supported(
    levels: Sequence[str], reasons: Mapping[str, float], *, policy: UrgencyPolicy, order: Sequence[str]
) -> list[int]:
    """The places of the levels the text may be given; without learned reasons for the top level, all."""
    chances = [
        chance for name, chance in reasons.items() if policy.reasons.get(name, NO_REASON).at_least == order[0]
    ]
    if not chances or max(chances) >= policy.support:
        return list(range(len(levels)))
    return [place for place, level in enumerate(levels) if level != order[0]] or list(range(len(levels)))


def in_context(
    decision: UrgencyDecision,
    sender: Sender,
    *,
    received_at: datetime,
    policy: UrgencyPolicy,
    order: Sequence[str],
) -> UrgencyDecision:
    """The decision with what is known of the sender; never a lower level. `order`: most urgent first."""
    for rule in policy.contacts:
        since = received_at - timedelta(days=rule.days)
        if 1 + sum(since <= moment <= received_at for moment in sender.earlier) >= rule.complaints:
            raised = _stepped(decision.level, rule.steps, order)
            if rule.at_least is not None and order.index(rule.at_least) < order.index(raised):
                raised = rule.at_least
            decision = _by_rule(decision, raised, rule.id)
            break
    value = policy.customer_values.get(sender.value) if sender.value else None
    if value is not None and order.index(decision.level) <= order.index(value.start):
        raised = _stepped(decision.level, value.steps, order)
        if raised != decision.level:
            decision = _by_rule(decision, raised, f"customer_value_{sender.value}")
    return decision


def _by_rule(decision: UrgencyDecision, level: str, reason: str) -> UrgencyDecision:
    """The decision with a rule's reason; a level a rule gave is certain, for the rule is what defines it."""
    probability = decision.probability if level == decision.level else 1.0
    return UrgencyDecision(level, probability, (*decision.reasons, reason))


def _stepped(level: str, steps: int, order: Sequence[str]) -> str:
    """So many levels up, but not to the most urgent one: that takes a reason in the text."""
    place = order.index(level)
    return order[place if place <= 1 else max(1, place - steps)]


def _at_least(probabilities: Row, levels: Sequence[str], level: str, order: Sequence[str]) -> float:
    """The probability that a message is at least so urgent."""
    enough = [order.index(one) <= order.index(level) for one in levels]
    return float(probabilities[np.asarray(enough)].sum())
