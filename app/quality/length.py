from app.quality.contract import Outcome, Subject, Verdict
from app.recipes.cleaning import one_line
from app.recipes.contract import Bounds
from app.recipes.languages import count_words
from app.recipes.parts import tidy_line

CHECK, LABEL = "length", "Length"


def check_length(subject: Subject) -> Verdict:
    """Whether each part is within its bounds, and whether what should be one line is one."""
    bounds = subject.expectations.bounds
    if not bounds:
        return Verdict(CHECK, LABEL, Outcome.NOT_APPLICABLE, "No length was asked for.")
    outside = [each for each in bounds if not each.low <= _length(subject, each) <= each.high]
    broken = [name for name in subject.expectations.one_line if _lines(subject.parts.get(name, "")) > 1]
    evidence = (
        *(_told(subject, each) for each in outside),
        *(f"{_label(subject, name)}: {_lines(subject.parts[name])} lines instead of one" for name in broken),
        *(_told(subject, each) for each in bounds if each not in outside),
    )
    if not outside and not broken:
        return Verdict(CHECK, LABEL, Outcome.PASSED, "Every part has the length it should have.", evidence)
    labels = dict.fromkeys(_label(subject, each) for each in [*(bound.component for bound in outside), *broken])
    return Verdict(CHECK, LABEL, Outcome.FLAGGED, f"Not as long as asked for: {', '.join(labels)}.", evidence)


def _length(subject: Subject, bounds: Bounds) -> int:
    name = bounds.component
    text = subject.markdown if name is None else subject.parts.get(name, "")
    if name in subject.expectations.one_line:
        text = tidy_line(text)
    return count_words(text) if bounds.unit == "words" else len(one_line(text))


def _told(subject: Subject, bounds: Bounds) -> str:
    length, wished = _length(subject, bounds), f"{bounds.low:,} to {bounds.high:,}"
    return f"{_label(subject, bounds.component)}: {length:,} {bounds.unit} ({wished})"


def _label(subject: Subject, name: str | None) -> str:
    labels = {each.name: each.label for each in subject.components}
    return "The whole" if name is None else labels.get(name, name)


def _lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip())
