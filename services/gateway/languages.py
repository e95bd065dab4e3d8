"""The page's languages: its words out of texts/, names of countries and dates out of CLDR."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, negotiate_locale
from babel.core import get_global
from babel.dates import format_date, format_datetime, get_timezone_location
from starlette.requests import Request

JAKARTA = ZoneInfo("Asia/Jakarta")
DEFAULT = "id"
Texts = Mapping[str, object]
TEXTS: Mapping[str, Texts] = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in (Path(__file__).resolve().parent / "texts").glob("*.toml")
}
# Where complaints come from, ISO 3166-1: alpha-3 as the protos want it, alpha-2 as CLDR names it.
COUNTRIES = {
    "ARE": "AE", "AUS": "AU", "BHR": "BH", "BRN": "BN", "CAN": "CA", "CHN": "CN", "COD": "CD",
    "COG": "CG", "CYP": "CY", "DEU": "DE", "EGY": "EG", "FJI": "FJ", "GBR": "GB", "HKG": "HK",
    "HUN": "HU", "IND": "IN", "IRQ": "IQ", "ITA": "IT", "JOR": "JO", "JPN": "JP", "KHM": "KH",
    "KOR": "KR", "KWT": "KW", "LAO": "LA", "LBN": "LB", "LBY": "LY", "MAC": "MO", "MDV": "MV",
    "MMR": "MM", "MYS": "MY", "NLD": "NL", "NZL": "NZ", "OMN": "OM", "PHL": "PH", "PNG": "PG",
    "POL": "PL", "QAT": "QA", "ROU": "RO", "RUS": "RU", "SAU": "SA", "SDN": "SD", "SGP": "SG",
    "SVK": "SK", "SYR": "SY", "THA": "TH", "TLS": "TL", "TUR": "TR", "TWN": "TW", "USA": "US",
    "VNM": "VN", "YEM": "YE", "ZAF": "ZA",
}  # fmt: skip


def language_of(request: Request) -> str:
    """The page's language: `?lang=`, else what the browser asks for, else Indonesian."""
    asked = request.query_params.get("lang", "")
    if asked in TEXTS:
        return asked
    return negotiate_locale(_preferred(request), [DEFAULT, *TEXTS], sep="-") or DEFAULT


def _preferred(request: Request) -> Sequence[str]:
    header = request.headers.get("accept-language", "")[:200]
    weighed = []
    for position, part in enumerate(header.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        # Older software still says `in` for Indonesian.
        weighed.append((-_number(weight), position, "id" if tag.lower() == "in" else tag))
    return [tag.partition("-")[0] for _, _, tag in sorted(weighed) if tag]


def _number(text: str) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0


def countries(language: str) -> Sequence[tuple[str, str]]:
    """Codes and names, in the order of the names."""
    names = Locale(language).territories
    return sorted(((code, names[short]) for code, short in COUNTRIES.items()), key=lambda c: c[1])


def zones(language: str) -> Sequence[tuple[str, str]]:
    """The time zones of these countries and of Indonesia: names, and what people call them."""
    names = Locale(language).territories
    known = {*COUNTRIES.values(), "ID"}
    found = (
        (zone, f"{names[short]}: {get_timezone_location(zone, locale=language, return_city=True)}")
        for zone, short in get_global("zone_territories").items()
        if short in known
    )
    return sorted(found, key=lambda named: named[1])


def instant(at: datetime, language: str) -> str:
    """An instant as people in Jakarta say it."""
    return format_datetime(at, str(TEXTS[language]["instant"]), tzinfo=JAKARTA, locale=language)


def day(on: date, language: str) -> str:
    """A day with its weekday."""
    return format_date(on, "full", locale=language)


def plain_day(on: date, language: str) -> str:
    """A day without its weekday."""
    return format_date(on, "long", locale=language)
