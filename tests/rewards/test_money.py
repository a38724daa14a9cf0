"""Money and the taper, on their own: whole numbers, and one more helpful answer never earns less."""

import ast
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation import points
from reputation.rewards import money, taper
from reputation.rewards.taper import Tally, Terms
from tests.source import modules

amounts = st.integers(0, 10**7)
terms = st.builds(
    Terms,
    currency=st.just("GBP"),
    per_hundred=st.integers(0, 10**6),
    full=amounts,
    stretch=st.integers(1, 10**7),
    each=st.dictionaries(st.sampled_from(list(points.PRICES)), st.integers(0, 10**5), max_size=4),
    unpaid=st.frozensets(st.sampled_from(list(points.PRICES)), max_size=4),
)
tallies = st.dictionaries(
    st.sampled_from(list(points.PRICES)),
    st.builds(Tally, points=st.integers(-5000, 50_000), count=st.integers(0, 5000)),
    max_size=6,
)
helpful = st.sampled_from([(reason, price.points) for reason, price in points.PRICES.items() if price.points > 0])


@given(tallies, terms, helpful)
def test_one_more_helpful_answer_never_earns_less(had: dict[str, Tally], how: Terms, more: tuple[str, int]) -> None:
    reason, worth = more
    after = {**had, reason: had.get(reason, Tally()) + Tally(worth, 1)}
    assert taper.earned(after, how) >= taper.earned(had, how)
    assert taper.one_more(had, how, reason, worth) >= 0


@given(st.integers(0, 10**10), terms)
def test_the_taper_takes_but_never_adds_and_has_no_step(worth: int, how: Terms) -> None:
    paid, full = taper.tapered(worth, how), taper.FINE * how.full
    assert paid == worth if worth <= full else full <= paid <= worth
    assert 0 <= taper.tapered(worth + 1, how) - paid <= 1
    gains = [taper.tapered(full + at + 10**6, how) - taper.tapered(full + at, how) for at in (0, 10**7, 10**8, 10**9)]
    assert all(later <= earlier + 1 for earlier, later in pairwise(gains)), "what comes later brings no more"


def test_it_brings_half_where_the_page_says_so_and_goes_on_for_ever() -> None:
    how = Terms("GBP", 100, full=6000, stretch=6000)
    at = taper.FINE * (6000 + 3 * 6000)
    step = 10**4
    assert taper.tapered(at + step, how) - taper.tapered(at, how) == pytest.approx(step / 2, rel=0.01)
    assert taper.tapered(10**13, how) < taper.tapered(10**14, how)
    assert [taper.tapered(taper.FINE * amount, how) // taper.FINE for amount in (6000, 12000, 96000)] == [6000, 10970, 42000]


@given(st.integers(0, money.LARGEST), st.sampled_from(sorted(money.CURRENCIES)))
def test_an_amount_reads_back_as_it_was_written(amount: int, currency: str) -> None:
    assert money.read(money.plain(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "plain", "shown"),
    [
        (123456, "GBP", "1234.56", "GBP 1,234.56"),
        (-5, "GBP", "-0.05", "−GBP 0.05"),
        (1234, "JPY", "1234", "JPY 1,234"),
        (5, "BHD", "0.005", "BHD 0.005"),
    ],
)
def test_the_minor_unit_is_the_currencys(amount: int, currency: str, plain: str, shown: str) -> None:
    assert (money.plain(amount, currency), money.show(amount, currency)) == (plain, shown)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *(("1.234", "GBP"), ("1.5", "JPY"), ("1,50", "EUR"), ("", "GBP"), ("-1", "GBP"), ("1e3", "GBP"), ("٣", "GBP")),
        *((" 1 2", "GBP"), ("10000000000000", "GBP"), ("nan", "GBP"), (".5", "GBP")),
    ],
)
def test_nothing_is_rounded_or_guessed(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"amount|digits|large"):
        money.read(text, currency)


def test_a_match_is_rounded_down_and_limited() -> None:
    assert [taper.matched(999, percent, 0) for percent in (0, 50, 100)] == [0, 499, 999]
    assert taper.matched(999, 100, 500) == 500


def test_no_fractions_of_two_anywhere() -> None:
    """No float is written, named or comes about by a division, wherever money is handled."""
    looked = [name for name in modules() if name.startswith(("reputation.rewards", "community.rewards")) or "rewards" in name]
    assert len(looked) > 15
    found = []
    for name in looked:
        for node in ast.walk(modules()[name].tree):
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_named = isinstance(node, ast.Name) and node.id in {"float", "round", "Float", "Double", "sqrt"}
            is_divided = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
            if is_float or is_named or is_divided:
                found.append(modules()[name].at(node))
    assert not found
