"""A small law for the tests of the engine; all fictional."""

from pathlib import Path

from services.process.law import Law

ART = "Perban BP2MI 6/2024 Art 30(1)a"
SMALL = f"""
[clocks.reply]
value = 15
span = "working_days"
at = {{ 100 = "end_reply" }}
source = "{ART}"
verified = true

[extensions.papers]
clocks = ["reply"]
value = 5
span = "working_days"
name_id = "dokumen"
name_en = "papers"
source = "a proposal (contoh)"
verified = false

[grounds.silent]
article = "{ART}"
name_id = "diam"
name_en = "silent"
wait = {{ value = 15, span = "working_days", since = "answered_at" }}
evidence = ["reply"]

[evidence.receipt]
name_id = "tanda terima"
name_en = "the receipt"
refusal = "NO_RECEIPT"
source = "{ART}"
verified = true

[evidence.reply]
name_id = "balasan"
name_en = "the reply"
refusal = "NO_REPLY"
source = "a proposal (contoh)"
verified = false

[process.matter.states.open]
name_id = "terbuka"
name_en = "open"
refusal = "IS_OPEN"
[process.matter.states.asked]
name_id = "ditanya"
name_en = "asked"
refusal = "IS_ASKED"
[process.matter.states.ended]
name_id = "selesai"
name_en = "ended"
refusal = "HAS_ENDED"
final = true

[process.matter.actions.Begin]
begins = "open"
roles = ["public"]
source = "a proposal (contoh)"
verified = false
[process.matter.actions.Ask]
moves = {{ open = "asked" }}
roles = ["clerk"]
guards = {{ NOBODY_THERE = "is_reachable" }}
source = "{ART}"
verified = true
[process.matter.actions.Answer]
moves = {{ open = "open", asked = "asked" }}
roles = ["clerk"]
source = "a proposal (contoh)"
verified = false
[process.matter.actions.answered]
moves = {{ asked = "open" }}
by = "the other side"
source = "a proposal (contoh)"
verified = false
[process.matter.actions.End]
ends = true
moves = {{ open = "ended", asked = "ended" }}
roles = ["clerk"]
evidence = ["receipt"]
source = "a proposal (contoh)"
verified = false
"""


def a_law(folder: Path, text: str = SMALL) -> Law:
    """A law as it is read from a file."""
    path = folder / "workflow.toml"
    path.write_text(text)
    return Law.load(path)
