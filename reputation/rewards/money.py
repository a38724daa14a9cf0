"""Money: whole numbers of a currency's minor unit (pence, cents; a yen is its own). Pure; no binary fractions anywhere."""

import re

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP "
    "CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR "
    "ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
    "SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW "
    "ZWG"
)
CURRENCIES = frozenset(_CODES.split())
"""The national currencies of ISO 4217."""

USUAL_DIGITS = 2
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {**dict.fromkeys(_WHOLE.split(), 0), **dict.fromkeys(_THOUSANDTHS.split(), 3)}
"""The currencies whose minor unit is not a hundredth: how many digits stand after the point."""

LARGEST = 10**12
"""The largest amount that can be typed, in minor units."""
_TYPED = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,3}))?")


def digits(currency: str) -> int:
    """How many digits the currency has after the point. KeyError for a code that is not on the list."""
    if currency not in CURRENCIES:
        raise KeyError(currency)
    return _DIGITS.get(currency, USUAL_DIGITS)


def plain(amount: int, currency: str) -> str:
    """An amount of minor units as a decimal number, as "-12.30": for files."""
    return _decimal(amount, digits(currency), "")


def show(amount: int, currency: str) -> str:
    """An amount of minor units for people, as "GBP 1,234.50"; what is owed has a minus sign before it."""
    sign = "−" if amount < 0 else ""
    return f"{sign}{currency} {_decimal(abs(amount), digits(currency), ',')}"


def show_hundredths(amount: int, currency: str) -> str:
    """An amount of hundredths of the minor unit, for what is worth less than one: as "GBP 0.0750"."""
    sign = "−" if amount < 0 else ""
    return f"{sign}{currency} {_decimal(abs(amount), digits(currency) + 2, ',')}"


def read(text: str, currency: str) -> int:
    """The minor units of a decimal number as "12.30" or "12". Raises ValueError with words for anything else, and for more
    digits after the point than the currency has: nothing is rounded."""
    allowed = digits(currency)
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"“{text.strip()[:40]}” is no amount; write it as {_decimal(1250, allowed, '')}.")
    whole, fraction = found[1], found[2] or ""
    if len(fraction) > allowed:
        raise ValueError(f"{currency} has {allowed or 'no'} digits after the point.")
    amount = int(whole + fraction.ljust(allowed, "0"))
    if amount > LARGEST:
        raise ValueError("This amount is too large.")
    return amount


def _decimal(amount: int, after: int, separator: str) -> str:
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    whole, rest = divmod(amount, 10**after)
    said = f"{whole:,}" if separator else str(whole)
    return f"{sign}{said}.{rest:0{after}d}" if after else f"{sign}{said}"
