"""What people write: a narrative in Indonesian for each filing, from the grammar, with noise.

Slots of a template: {subj} who it happened to, {dia} the same again, {negara} the country, {sejak}
since when, {lama} for how long, {majikan} the employer, {lewat} who arranged it, {uang} an amount,
{kerja} the job. Names and places are put in last, so that noise cannot touch them.
"""

from dataclasses import dataclass
from random import Random

from services.cli.demo.categories import GRAVEST, category
from services.cli.demo.data_files import seeded
from services.cli.demo.grammar import Grammar
from services.cli.demo.noise import as_sms, reworded, with_typos
from services.cli.demo.people import Cast, cast, the_grammar, told_again
from services.cli.demo.plan import Filing
from services.cli.demo.shares import Filer

JAVANESE_PROVINCES = ("33", "34", "35")
CHANNELS = {"web": 60, "counter": 15, "telephone": 15, "letter": 10}
URGENT_SHARE = 0.7
GREETING_SHARE, WHERE_SHARE, TYPIST_SHARE = 0.35, 0.4, 0.3


@dataclass(frozen=True, slots=True)
class Text:
    """What one filing says. `template` names the opening and the ask, for held-out scoring.

    `channel` and `urgent` are what the filer would tick; their shares are assumptions.
    """

    narrative: str
    complainant_name: str
    contact: str
    worker_name: str
    employer_name: str
    p3mi_name: str
    country: str
    filer: Filer
    channel: str
    urgent: bool
    template: str
    style: str


def text_of(filing: Filing, seed: int = 2024, first: Filing | None = None) -> Text:
    """The text of a filing; the same filing and seed always give the same text.

    `first`: the filing that told of the same worker, in other words.
    """
    grammar = the_grammar()
    rng = _own(filing, seed)
    people = cast(filing, grammar, rng)
    if first is not None:
        people = told_again(cast(first, grammar, _own(first, seed)), people)
    clean, template = _clean(filing, people, grammar, rng)
    style = _style(filing, grammar, rng)
    noisy = _noisy(clean, style, people, grammar, rng)
    return Text(
        narrative=noisy.replace("«", "").replace("»", ""),
        complainant_name=people.complainant,
        contact=people.contact,
        worker_name=people.worker,
        employer_name=people.employer,
        p3mi_name=people.p3mi,
        country=filing.country,
        filer=filing.filer,
        channel="sms" if style == "sms" else _channel(rng),
        urgent=category(filing.category).severity == GRAVEST and rng.random() < URGENT_SHARE,
        template=template,
        style=style,
    )


def _own(filing: Filing, seed: int) -> Random:
    """What a filing's text is drawn by."""
    return seeded(seed, "text", filing.index, filing.category)


def agencies() -> list[str]:
    """The agencies (P3MI) of the demo, all invented."""
    names: list[str] = the_grammar().words["companies"]["p3mi"]
    return names


def agency_of(filing: Filing, seed: int) -> int:
    """The number of the agency that a filing names; ValueError if it names none."""
    return agencies().index(text_of(filing, seed).p3mi_name)


def _clean(filing: Filing, people: Cast, grammar: Grammar, rng: Random) -> tuple[str, str]:
    """The sentences before any noise, with «…» around names, and the template's name."""
    entry = grammar.categories[filing.category]
    opening = rng.randrange(len(entry.openings))
    ask = rng.randrange(len(entry.asks))
    slots = _slots(filing, people, grammar, rng)
    sentences = [entry.openings[opening] + ".", entry.asks[ask]]
    if rng.random() < WHERE_SHARE:
        sentences.insert(1, rng.choice(grammar.phrase("where")))
    if rng.random() < GREETING_SHARE:
        sentences.insert(0, rng.choice(grammar.phrase("greeting")))
    written = [_capital(sentence.format_map(slots)) for sentence in sentences]
    return " ".join(written), f"{filing.category}/{opening}/{ask}"


def _slots(filing: Filing, people: Cast, grammar: Grammar, rng: Random) -> dict[str, str]:
    subject, again = _subject(filing, people, grammar, rng)
    span = rng.choice(grammar.phrase("span"))
    arranged = f"lewat «{people.p3mi}»" if people.p3mi else _arranged(grammar, rng)
    return {
        "subj": subject,
        "dia": again,
        "negara": f"«{grammar.countries[filing.country]}»",
        "asal": f"«{grammar.regencies[filing.regency]}»",
        "majikan": f"«{people.employer}»",
        "kerja": people.job,
        "lewat": arranged,
        "uang": rng.choice(grammar.phrase("money")),
        "lama": span,
        "sejak": rng.choice(grammar.phrase("since")).format(
            span=span, month=_earlier_month(filing, grammar, rng)
        ),
    }


def _arranged(grammar: Grammar, rng: Random) -> str:
    return rng.choice(grammar.phrase("non_procedural"))


def _subject(filing: Filing, people: Cast, grammar: Grammar, rng: Random) -> tuple[str, str]:
    """Who it happened to, at first mention and after, as the filer says it."""
    match filing.filer:
        case Filer.WORKER:
            return "saya", "saya"
        case Filer.FAMILY:
            related = grammar.phrase("related_women" if people.woman else "related_men")
            return f"{rng.choice(related)} «{people.worker}»", "dia"
    return f"{rng.choice(grammar.phrase('client'))} «{people.worker}»", "klien kami"


def _earlier_month(filing: Filing, grammar: Grammar, rng: Random) -> str:
    """A month up to half a year before the filing, by name."""
    months = grammar.phrase("months")
    return months[(filing.month - 1 - rng.randint(1, 6)) % 12]


def _style(filing: Filing, grammar: Grammar, rng: Random) -> str:
    styles: dict[str, float] = dict(grammar.noise["styles"])
    if filing.filer is Filer.ATTORNEY:
        return "plain"
    if filing.province not in JAVANESE_PROVINCES:
        del styles["javanese"]
    return rng.choices(list(styles), list(styles.values()))[0]


def _noisy(text: str, style: str, people: Cast, grammar: Grammar, rng: Random) -> str:
    if style == "plain":
        return text
    if rng.random() < TYPIST_SHARE:
        text = with_typos(text, rng)
    if style == "sms":
        # The agency's SMS line asks for keyword, kind, sender and problem with # between.
        return f"ACA#TKI#«{people.complainant.upper()}»#{as_sms(text, grammar.noise['sms'], rng)}"
    return reworded(text, grammar.noise[style], rng)


def _channel(rng: Random) -> str:
    return rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]


def _capital(sentence: str) -> str:
    """A capital at the start, also behind the mark of a name."""
    at = 1 if sentence.startswith("«") else 0
    return sentence[:at] + sentence[at : at + 1].upper() + sentence[at + 1 :]
