from app.quality.contract import Outcome, Subject, Verdict
from app.quality.finding import comparable, contains, quoted

CHECK, LABEL = "forbidden-words", "Forbidden words"


def check_forbidden_words(subject: Subject) -> Verdict:
    """Words that the brand voice forbids, and the parts in which they stand."""
    words = [word for word in subject.forbidden_words if word.strip()]
    if not words:
        return Verdict(CHECK, LABEL, Outcome.NOT_APPLICABLE, "The brand voice forbids no words.")
    texts = {each.label: comparable(subject.parts.get(each.name, "")) for each in subject.components}
    found = {word: [label for label, text in texts.items() if contains(text, word)] for word in words}
    used = [word for word, labels in found.items() if labels]
    if not used:
        return Verdict(CHECK, LABEL, Outcome.PASSED, "None of the words that the brand voice forbids is used.")
    evidence = tuple(f"“{word}”: {', '.join(found[word])}" for word in used)
    return Verdict(CHECK, LABEL, Outcome.FLAGGED, f"The brand voice forbids {quoted(used)}.", evidence)
