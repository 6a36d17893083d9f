from app.quality.contract import Outcome, Subject, Verdict
from app.quality.finding import comparable, contains, quoted

CHECK, LABEL = "keywords", "Keywords"


def check_keywords(subject: Subject) -> Verdict:
    """Whether each keyword stands somewhere in the output, and in which parts."""
    keywords = subject.expectations.keywords
    if not keywords:
        return Verdict(CHECK, LABEL, Outcome.NOT_APPLICABLE, "No keywords were asked for.")
    places = _places(subject)
    missing = [keyword for keyword in keywords if not places[keyword]]
    evidence = (
        *(f"“{keyword}”: missing" for keyword in missing),
        *(f"“{keyword}”: {', '.join(found)}" for keyword, found in places.items() if found),
    )
    if not missing:
        summary = "The keyword is there." if len(keywords) == 1 else f"All {len(keywords)} keywords are there."
        return Verdict(CHECK, LABEL, Outcome.PASSED, summary, evidence)
    are = "is" if len(missing) == 1 else "are"
    summary = f"{len(missing)} of {len(keywords)} keywords {are} missing: {quoted(missing)}."
    return Verdict(CHECK, LABEL, Outcome.FLAGGED, summary, evidence)


def _places(subject: Subject) -> dict[str, list[str]]:
    """Keyword → labels of the parts that have it."""
    texts = {each.label: comparable(subject.parts.get(each.name, "")) for each in subject.components}
    return {
        keyword: [label for label, text in texts.items() if contains(text, keyword)]
        for keyword in subject.expectations.keywords
    }
