import re

from app.quality.contract import Outcome, Subject, Verdict
from app.recipes.cleaning import first_words
from app.recipes.languages import count_words

CHECK, LABEL = "truncation", "Complete"
# A single line of no more words is a headline or a slogan, which needs no full stop.
HEADLINE_WORDS = 12
SHOWN = 60  # characters of the place in question

_HEADING = re.compile(r"#{1,6}\s")
_LIST_OR_TABLE = re.compile(r"(?:[-*+•]|\d+[.)])\s|\|.*\|\Z|-{3,}\Z")
_CLOSING = "\"'”’“»«›)]）」』】*_`~> "
_ENDS = (".", "!", "?", "…", ":", ";", "。", "！", "？", "：", "；", "؟", "۔", "।", "♪")
_FENCE = re.compile(r"^\s{0,3}(?:```|~~~)", re.MULTILINE)


def check_truncation(subject: Subject) -> Verdict:
    """Whether every part is there and comes to an end."""
    problems = [
        f"{each.label}: {problem}"
        for each in subject.components
        if (problem := _problem(subject.parts.get(each.name, "").strip(), each.markdown))
    ]
    if not problems:
        return Verdict(CHECK, LABEL, Outcome.PASSED, "Every part is there and comes to an end.")
    labels = ", ".join(problem.partition(":")[0] for problem in problems)
    return Verdict(CHECK, LABEL, Outcome.FLAGGED, f"Seems incomplete: {labels}.", tuple(problems))


def _problem(text: str, is_markdown: bool) -> str:
    if not text:
        return "empty"
    if not is_markdown:
        return ""
    if len(_FENCE.findall(text)) % 2:
        return "a block of code is not closed"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if _HEADING.match(lines[-1]):
        return f"ends with the heading “{first_words(lines[-1].lstrip('# '), SHOWN)}”"
    return "" if _is_ended(lines) else f"ends in mid-sentence: “…{lines[-1][-SHOWN:]}”"


def _is_ended(lines: list[str]) -> bool:
    last = lines[-1]
    if _LIST_OR_TABLE.match(last) or _FENCE.match(last):
        return True
    if len(lines) == 1 and count_words(last) <= HEADLINE_WORDS:
        return True
    said = last.rstrip(_CLOSING)
    # Something in brackets or an emoji may end a text; a letter, a digit or a comma is where it broke off.
    return said.endswith(_ENDS) or not said or not (said[-1].isalnum() or said[-1] in ",，、–-&")
