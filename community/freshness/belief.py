"""The belief: how likely it is that an answer is wrong today. Pure mathematics; everything else asks it.

An answer goes wrong at a rate that is not known: a Gamma distribution over the rate, begun from its tag's, learns from each
verification. Between verifications time, releases and readers move one number, `pi`. The formulas and their sources are in
docs/freshness.md. Times are days, rates are per day, probabilities lie in (0, 1).

Every function takes plain numbers; given `ops` for arrays (the simulation has numpy's) it takes arrays in their place, so that
the simulation runs on what the product runs on.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

Key = TypeVar("Key")
Label = Literal["fresh", "due", "expired"]


@dataclass(frozen=True)
class Parameters:
    """What the belief is made of. Days and rates per day, unless said otherwise."""

    A: float = 1.0
    """Shape of the Gamma prior on an answer's rate of going wrong."""
    LAM0: float = 1 / 540
    """The rate of a tag nothing is known of."""
    N0: float = 5.0
    """How many wrong answers' worth of weight a tag's prior has when its rate is learned."""
    WARN: float = 1 / 7
    """Over this belief an answer is due."""
    EXPIRE: float = 0.8
    """Over this belief it is expired, where age or releases vouch for it (GUARD)."""
    HYS: float = 0.8
    """A level that was passed has to be left by this factor before it is taken back."""
    GUARD: float = 0.5
    """What the belief without readers' signals must be for an answer to expire: a brigade alone takes nothing down."""
    R: float = 0.004
    """Chance that a view of a wrong answer brings a report."""
    FR: float = 0.0006
    """Chance that a view of a right answer brings one."""
    C0: float = 0.008
    """Chance that a view of a right answer brings a confirmation."""
    C1: float = 0.002
    """Chance that a view of a wrong answer brings one."""
    H: float = 365.0
    """How far ahead a check is valued."""
    HMIN: float = 1 / 1000
    """The least hazard a check is valued with."""
    FIX: float = 2.0
    """What a repair costs beside a check, in checks."""
    AUDIT: float = 0.1
    """Share of checks that is drawn blind, by views."""

    LLR_LEAST: float = -4.0
    """The most that one day's confirmations weigh, in log odds."""
    LLR_MOST: float = 8.0
    """The most that one day's reports weigh."""
    LOGIT_MOST: float = 7.0
    """Readers move the log odds no further than this from even."""
    NEW: float = 0.05
    """Belief about an answer that was just posted."""
    NEW_HR: float = 0.0513
    """-ln(1 - NEW): the part of the hazard so far that is not age."""
    CHECKED: float = 0.01
    """Belief about an answer that was just verified: verifiers err."""
    CAUGHT: float = 0.95
    """Chance that a verifier finds a wrong answer wrong."""
    FALSE_FIND: float = 0.01
    """Chance that a verifier finds a right answer wrong."""
    PAUSE: float = 3.0
    """An answer that was verified this lately is not offered again."""
    VIEWS_OVER: float = 30.0
    """Time constant of the mean of views per day."""


PARAMETERS = Parameters()
"""What the product runs on."""

SURE = 1 - 1e-9
"""No belief goes over this, so that none rounds to certainty."""


@dataclass(frozen=True)
class Ops:
    """Mathematics on the kind of number in use."""

    exp: Callable[[Any], float]
    log: Callable[[Any], float]
    least: Callable[[Any, Any], float]
    most: Callable[[Any, Any], float]
    where: Callable[[Any, Any, Any], float]


def _where(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no


NUMBERS = Ops(math.exp, math.log, min, max, _where)
"""For plain numbers."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of one answer. When it was last verified stands with the answer."""

    pi: float
    """How likely it is wrong."""
    pa: float
    """The same without readers' signals."""
    k: float = 0.0
    """How often it went wrong by age, as far as verifications found."""
    T: float = 0.0
    """Days it was right, over all its verifications."""
    F: float = 0.0
    """Days it was right since the last one, as far as believed."""
    hb: float = 0.0
    """Hazard since then that came with time."""
    hr: float = 0.0
    """Hazard since then that came with releases and with not being sure at the start."""
    views: float = 0.0
    """Views per day, an exponential mean."""


@dataclass(frozen=True, slots=True)
class TagRate:
    """What is known of how fast answers under a tag go wrong."""

    K: float = 0.0
    """Answers that verifications found gone wrong by age."""
    E: float = 0.0
    """Days that answers were right."""
    lam: float = PARAMETERS.LAM0
    """The learned rate."""


@dataclass(frozen=True, slots=True)
class Living:
    """What lives under a tag and has not been verified yet: the sums over its answers."""

    doubt: float = 0.0
    """Σ pi · hb/(hb+hr)."""
    right_days: float = 0.0
    """Σ F."""


def create(p: Parameters = PARAMETERS) -> Belief:
    """An answer that was just posted."""
    return Belief(p.NEW, p.NEW, hr=p.NEW_HR)


def imported(age_days: float, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> Belief:
    """An answer from elsewhere, that nobody has verified for `age_days`. Its age before the import counts, in the belief and in
    what the tags learn: without it a third of an archive would expire at once."""
    b = p.A / p.LAM0
    age = ops.most(age_days, 0.0)
    pi = ops.least(1 - (1 - p.NEW) * b / (b + age), SURE)
    return Belief(pi, pi, F=age * (1 - pi / 2), hb=ops.log(1 + age / b), hr=p.NEW_HR + 0.0 * pi)


def hazard(belief: Belief, lam: float, p: Parameters = PARAMETERS) -> float:
    """The rate at which it goes wrong now: the mean of the Gamma posterior."""
    return (p.A + belief.k) / (p.A / lam + belief.T + belief.F)


def aged(belief: Belief, lam: float, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> Belief:
    """One day later, with nothing heard."""
    h = hazard(belief, lam, p)
    q = 1 - ops.exp(-h)
    pi, pa = belief.pi, belief.pa
    return Belief(
        ops.least(pi + (1 - pi) * q, SURE),
        ops.least(pa + (1 - pa) * q, SURE),
        belief.k,
        belief.T,
        belief.F + 1 - pi,
        belief.hb + h,
        belief.hr,
        belief.views,
    )


def released(belief: Belief, kappa: float, ops: Ops = NUMBERS) -> Belief:
    """After a release under its tags with impact `kappa` (0..1): the chance that it makes a right answer wrong."""
    pi = ops.least(belief.pi + (1 - belief.pi) * kappa, SURE)
    pa = ops.least(belief.pa + (1 - belief.pa) * kappa, SURE)
    return Belief(pi, pa, belief.k, belief.T, belief.F, belief.hb, belief.hr + kappa, belief.views)


def evidence(bad: float, ok: float, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> float:
    """The log likelihood ratio of one day's reports and confirmations, each a sum of weights of at most 1 per account."""
    llr = bad * math.log(p.R / p.FR) + ok * math.log(p.C1 / p.C0)
    return ops.most(p.LLR_LEAST, ops.least(llr, p.LLR_MOST))


def heard(belief: Belief, bad: float, ok: float, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> Belief:
    """After a day's reports (`bad`) and confirmations (`ok`). `belief` is what was believed before any of that day's: the sums
    decide, so their order does not matter. Readers leave `pa` alone. Where time has brought the odds beyond what readers may move
    them to, a report does not bring them back."""
    odds = ops.log(belief.pi / (1 - belief.pi))
    least, most = ops.least(odds, -p.LOGIT_MOST), ops.most(odds, p.LOGIT_MOST)
    llr = evidence(bad, ok, p, ops)
    said = 1 / (1 + ops.exp(-ops.most(least, ops.least(odds + llr, most))))
    # A logarithm and back rounds: where nothing was heard the very number stays, and no report lowers it by a last digit.
    doubted, trusted = ops.most(belief.pi, said), ops.least(belief.pi, said)
    pi = ops.where(llr > 0, doubted, ops.where(llr < 0, trusted, belief.pi))
    return Belief(ops.least(pi, SURE), belief.pa, belief.k, belief.T, belief.F, belief.hb, belief.hr, belief.views)


def viewed(belief: Belief, views: float, days: float = 1.0, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> Belief:
    """After `views` views in `days` days: the mean moves towards them."""
    mean = belief.views + (views / days - belief.views) * (1 - ops.exp(-days / p.VIEWS_OVER))
    return Belief(belief.pi, belief.pa, belief.k, belief.T, belief.F, belief.hb, belief.hr, mean)


def night(
    belief: Belief,
    lam: float,
    kappa: float = 0.0,
    bad: float = 0.0,
    ok: float = 0.0,
    p: Parameters = PARAMETERS,
    ops: Ops = NUMBERS,
) -> Belief:
    """One day's step: a day passes, then a release, then what readers said."""
    return heard(released(aged(belief, lam, p, ops), kappa, ops), bad, ok, p, ops)


def share_of_age(belief: Belief) -> float:
    """How much of the hazard since the last verification came with time, rather than with a release; 0..1."""
    return belief.hb / (belief.hb + belief.hr)


def verify(
    belief: Belief,
    rate: TagRate,
    changed: Any,  # noqa: ANN401 - a bool, or an array of them
    age_days: float,
    p: Parameters = PARAMETERS,
    ops: Ops = NUMBERS,
) -> tuple[Belief, TagRate]:
    """After a verification that leaves the answer right: as it was, or (`changed`) repaired, having been found wrong. `age_days`:
    since the last verification (since it was posted where there was none), never since an edit or an import. Returns what is
    believed now, and what its tag has learned; the tag's `lam` itself is learned by `learn_rates`."""
    pi = belief.pi
    found = p.CAUGHT * pi / (p.CAUGHT * pi + p.FALSE_FIND * (1 - pi))
    wrong = ops.where(changed, found * share_of_age(belief), 0.0)
    days = ops.where(changed, belief.F, ops.most(age_days, 0.0))
    start = 0.0 * pi
    after = Belief(
        start + p.CHECKED, start + p.CHECKED, belief.k + wrong, belief.T + days, start, start, start + p.CHECKED, belief.views
    )
    return after, TagRate(rate.K + wrong, rate.E + days, rate.lam)


def found_wrong(belief: Belief, rate: TagRate, p: Parameters = PARAMETERS) -> tuple[Belief, TagRate]:
    """After a verification that found it wrong and left it so: its tag learns as from a repair, but it is believed wrong."""
    after, learned = verify(belief, rate, True, 0.0, p)
    return Belief(p.CAUGHT, p.CAUGHT, after.k, after.T, hr=-math.log(1 - p.CAUGHT), views=after.views), learned


def days_until(level: float, at: float, belief: Belief, lam: float, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> float:
    """Days of silence until a belief that is now `at` passes `level`; 0 where it has. In closed form, so that dates can be
    stored; it agrees with stepping night by night to half a per cent of the time, and is corrected as the day comes nearer."""
    left = (1 - at) / (1 - level)
    return ops.most(0.0, (p.A / lam + belief.T + belief.F) * (left ** (1 / (p.A + belief.k)) - 1))


def best_before_in(belief: Belief, lam: float, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> float:
    """Days from now until it is due, if nothing is heard."""
    return days_until(p.WARN, belief.pi, belief, lam, p, ops)


def expires_in(belief: Belief, lam: float, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> float:
    """Days from now until the evidence expires it, if nothing is heard: `pi` over EXPIRE and `pa` over GUARD."""
    return ops.most(days_until(p.EXPIRE, belief.pi, belief, lam, p, ops), days_until(p.GUARD, belief.pa, belief, lam, p, ops))


def is_expired(belief: Belief, was: Any, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> Any:  # noqa: ANN401 - a bool, or an array of them
    """Whether evidence has it expired; `was`: whether it is already."""
    return (belief.pi > ops.where(was, p.EXPIRE * p.HYS, p.EXPIRE)) & (belief.pa > p.GUARD)


def is_doubtful(belief: Belief, was: Any, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> Any:  # noqa: ANN401 - as above
    """Whether it is due, or worse; `was`: whether it is already."""
    return belief.pi > ops.where(was, p.WARN * p.HYS, p.WARN)


def label(belief: Belief, was: Label = "fresh", p: Parameters = PARAMETERS) -> Label:
    """What the answer is by its belief alone, given what it `was`: a level passed is left only well below it."""
    if is_expired(belief, was == "expired", p):
        return "expired"
    return "due" if is_doubtful(belief, was != "fresh", p) else "fresh"


def score(views_per_day: float, pi: float, h: float, p: Parameters = PARAMETERS, ops: Ops = NUMBERS) -> float:
    """What a check is worth: wrong views spared within H days, per unit of work. From the crawler's problem of which page to
    fetch again (Olston and Pandey, WWW 2008; Cho and Garcia-Molina, SIGMOD 2000): views times phi(pi)/λ, not views times pi."""
    rate = ops.most(h, p.HMIN)
    chance = ops.most(1e-6, ops.least(pi, 1 - 1e-6))
    phi = chance + (1 - chance) * ops.log(1 - chance)
    return views_per_day * phi * (1 - ops.exp(-rate * p.H)) / rate / (1 + p.FIX * chance)


def learn_rates(rates: Mapping[Key, TagRate], living: Mapping[Key, Living], p: Parameters = PARAMETERS) -> dict[Key, TagRate]:
    """Every tag's rate from what verifications found and from what lives unverified, drawn towards the mean of all tags by N0."""
    seen = {tag: living.get(tag, Living()) for tag in rates}
    wrong = {tag: rate.K + seen[tag].doubt for tag, rate in rates.items()}
    days = {tag: rate.E + seen[tag].right_days for tag, rate in rates.items()}
    common = (sum(wrong.values()) + p.N0) / (sum(days.values()) + p.N0 / p.LAM0)
    return {tag: TagRate(rate.K, rate.E, (wrong[tag] + p.N0) / (days[tag] + p.N0 / common)) for tag, rate in rates.items()}
