"""What a reader sees is what the quantity holds."""

import datetime as dt

import pytest
from ammo_subspace_coin import display


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (29001.72, "$29,001.72"),
        (1.0, "$1.00"),
        (0.00468, "$0.004680"),
        (0.99999, "$1.00"),
        (8.726e-05, "$0.00008726"),
        (0.5, "$0.5000"),
    ],
)
def test_prices_keep_cents_or_four_digits(usd: float, text: str) -> None:
    shown = display.price("close", usd)
    assert shown.text == text
    assert float(str(shown.text).strip("$").replace(",", "")) == shown.value


@pytest.mark.parametrize(
    ("usd", "text", "value", "unit"),
    [
        (31_240_000_000, "$31.2 billion", 31.2, "USD billion"),
        (999_960_000, "$1.0 billion", 1.0, "USD billion"),
        (61_800_000, "$61.8 million", 61.8, "USD million"),
        (583_091.4, "$583,091", 583091.0, "USD"),
        (2.5e12, "$2.5 trillion", 2.5, "USD trillion"),
    ],
)
def test_large_amounts_take_the_scale_that_fits(
    usd: float, text: str, value: float, unit: str
) -> None:
    shown = display.large("volume", usd)
    assert (shown.text, shown.value, shown.unit) == (text, value, unit)


def test_shares_dates_counts_and_multiples_are_said_plainly() -> None:
    assert display.percent("x", -0.0821).text == "8.2%"
    assert display.signed("x", 0.0821).text == "+8.2%"
    assert display.signed("x", -0.0001).text == "0.0%"
    assert display.points("x", 113.34).text == "113.3 percentage points"
    assert display.times("x", 3.44).text == "3.4 times"
    assert display.ratio("x", -0.124).text == "-0.12"
    assert display.count("x", 1, "years").text == "1 year"
    assert display.amount("x", 6.25, "BTC").text == "6.25 BTC"
    assert display.date("x", dt.date(2020, 1, 3)).text == "3 January 2020"
    assert display.date("x", dt.date(2020, 1, 3)).value == "2020-01-03"
