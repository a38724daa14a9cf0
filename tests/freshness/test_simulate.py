"""The simulation: that it runs on the product's own belief, and which way its results point."""

import math
from dataclasses import replace
from statistics import fmean
from typing import NoReturn

import numpy as np
import pytest

from app.errors import Invalid
from community.freshness import belief as beliefs
from community.freshness.simulation import outcome
from community.freshness.simulation.outcome import NAMES, Outcome
from community.freshness.simulation.run import compare, simulate
from community.freshness.simulation.wish import Wish, from_json
from community.freshness.simulation.world import World

SMALL = Wish(answers=2_000, days=365, checks=6, views_per_day=2_000)
TINY = Wish(answers=200, days=40, checks=3, views_per_day=400)


def of_two(key: str, wish: Wish = SMALL) -> Outcome:
    return outcome.mean([simulate(replace(wish, seed=seed), key) for seed in (1, 2)])


@pytest.fixture(scope="module")
def found() -> dict[str, Outcome]:
    """Every policy in two small worlds."""
    return {key: of_two(key) for key in NAMES}


# --- which way it points ------------------------------------------------------------------------------------------------


def test_this_policy_shows_far_fewer_wrong_answers(found: dict[str, Outcome]) -> None:
    """In small worlds for one year, some of it the archive's backlog: the figures of docs/freshness.md are those of two years."""
    assert 0.1 < found["permanent"].wrong_shown < 0.4
    assert found["permanent"].wrong_shown > 5 * found["belief"].wrong_shown
    assert found["permanent"].loss > 3 * found["belief"].loss
    assert found["belief"].right_expired < 0.02


def test_the_same_work_does_more_than_by_fixed_dates(found: dict[str, Outcome]) -> None:
    assert found["belief"].work == pytest.approx(found["expiring"].work, rel=0.02)
    for key in ("banner", "expiring", "expiring_read", "on_use"):
        assert found[key].wrong_shown > 1.5 * found["belief"].wrong_shown
        assert found[key].loss > 1.5 * found["belief"].loss
    assert found["expiring"].hidden > 0.3, "what a fixed date does to right answers"


def test_more_checks_lose_less(found: dict[str, Outcome]) -> None:
    assert found["belief_half"].loss > found["belief"].loss > found["belief_double"].loss
    assert found["belief_half"].work < found["belief"].work < found["belief_double"].work


def test_checks_that_nobody_made_show_what_is_wrong(found: dict[str, Outcome]) -> None:
    stamped = of_two("belief", replace(SMALL, rubber_stamped=0.6))
    assert stamped.wrong_shown > 1.5 * found["belief"].wrong_shown
    assert stamped.repairs < found["belief"].repairs


def test_strict_answers_are_hidden_and_not_wrong(found: dict[str, Outcome]) -> None:
    strict = simulate(replace(SMALL, grace_days=0), "belief")
    assert strict.wrong_banner == strict.right_banner == 0
    assert strict.right_expired > found["belief"].right_expired


# --- what it counts -----------------------------------------------------------------------------------------------------


def test_every_view_is_counted_once_and_work_keeps_to_its_limit(found: dict[str, Outcome]) -> None:
    for one in found.values():
        shares = (one.right, one.wrong_shown, one.wrong_banner, one.right_banner, one.right_expired, one.wrong_expired)
        assert math.fsum(shares) == pytest.approx(1)
    assert found["permanent"].work == 0
    for key, share in (("banner", 1), ("belief", 1), ("belief_half", 0.5), ("belief_double", 2)):
        assert found[key].work <= SMALL.checks * share * 1.01


def test_the_loss() -> None:
    one = Outcome("belief", 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 40.0, 10.0)
    assert one.loss == pytest.approx(0.1 * (1 + 0.4 + 0.1 + 0.5 + 0.3))
    assert one.work == 60
    assert outcome.mean([one, replace(one, wrong_shown=0.3)]).wrong_shown == pytest.approx(0.2)


def test_the_same_seed_is_the_same_world() -> None:
    first, again, other = simulate(TINY, "belief"), simulate(TINY, "belief"), simulate(replace(TINY, seed=2), "belief")
    assert first == again
    assert first != other


def test_accidents_do_not_depend_on_the_policy() -> None:
    """Answers go wrong on the same days whatever anybody reads, says or checks, until one is repaired."""
    quiet, busy = World(TINY), World(TINY)
    for day in range(TINY.days):
        assert (quiet.dawn(day) == busy.dawn(day)).all()
        busy.read(np.zeros(TINY.answers, np.bool_))
        busy.judge(np.arange(day % 7))
        assert (quiet.wrong == busy.wrong).all()
        assert (quiet.interest == busy.interest).all()
    assert quiet.interest.sum() == pytest.approx(TINY.views_per_day)
    before = busy.wrong.copy()
    busy.repair(np.flatnonzero(before))
    assert busy.wrong.sum() < before.sum()


@pytest.mark.parametrize(
    "name",
    ["create", "imported", "night", "viewed", "is_doubtful", "is_expired", "hazard", "score", "verify", "learn_rates"],
)
def test_it_runs_on_the_products_own_functions(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on a copy of them."""

    class WasAsked(Exception):
        pass

    def asked(*_: object, **__: object) -> NoReturn:
        raise WasAsked

    monkeypatch.setattr(beliefs, name, asked)
    with pytest.raises(WasAsked):
        simulate(TINY, "belief")


def test_the_worlds_answers_change_as_fast_as_was_said() -> None:
    """Without releases and authors the mean over a world's rates is 1 / life_days."""
    worlds = [World(replace(TINY, answers=5_000, seed=seed)) for seed in range(1, 6)]
    assert fmean(float(world.rate.mean()) for world in worlds) == pytest.approx(1 / TINY.life_days, rel=0.25)
    fitted = World(replace(TINY, answers=5_000, lives=((300.0, 100.0), (100.0, 1_000.0))))
    assert fitted.tags == 2
    assert (fitted.tag == 0).mean() == pytest.approx(0.75, abs=0.03)
    assert float(fitted.rate[fitted.tag == 0].mean()) == pytest.approx(1 / 100, rel=0.1)


# --- what it is asked ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"answers": 99}, "answers"),
        ({"days": 5000}, "days"),
        ({"answers": 100_000, "days": 1460}, "days"),
        ({"answers": 100, "checks": 101}, "checks"),
        ({"checks": -1}, "checks"),
        ({"rubber_stamped": 1.5}, "rubber_stamped"),
        ({"rubber_stamped": math.nan}, "rubber_stamped"),
        ({"lives": ((10.0, 0.0),)}, "lives"),
    ],
)
def test_a_world_that_cannot_be_is_refused_in_words(values: dict[str, float], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        from_json(Wish().as_json() | values)
    assert list(refused.value.fields) == [field]


def test_a_wish_and_an_outcome_come_back_from_json() -> None:
    wish = replace(TINY, lives=((3.0, 200.5), (1.0, 40.0)))
    assert from_json(wish.as_json() | {"of a later version": 1}) == wish
    (one,) = compare(TINY, ["on_use"])
    assert outcome.from_json(one.as_json()) == one


def test_more_answers_bring_their_readers() -> None:
    assert TINY.but(answers=400.0) == replace(TINY, answers=400, views_per_day=800.0)
    assert TINY.but(answers=400.0, views_per_day=50.0) == replace(TINY, answers=400, views_per_day=50.0)
