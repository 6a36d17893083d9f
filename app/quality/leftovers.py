import re

from app.quality.contract import Outcome, Subject, Verdict

CHECK, LABEL = "leftovers", "No leftovers"
SHOWN = 80  # characters of a mark

_MARKS = (
    # of templates
    r"\{\{[^\n]{0,80}?\}\}|\{%[^\n]{0,80}?%\}|\{\{|\}\}|\{%|%\}|<%=?[^\n]{0,80}?%>|\$\{[^}\n]{1,80}\}",
    # places to fill in
    r"\[(?i:insert|your|add|enter|placeholder|company name|brand name|product name|name|date)\b[^\]\n]{0,80}\](?!\()",
    r"\b(?:TODO|TBD|FIXME)\b|\b[Ll]orem ipsum\b",
    # of a model that speaks about itself or to the person who asked
    r"\b[Aa]s an (?:AI|artificial intelligence)\b[^.\n]{0,40}|\bI(?:'m| am) (?:just )?an AI\b",
    r"\A\W{0,8}(?:Sure|Certainly|Of course|Absolutely)[,!.][^\n]{0,60}",
    r"\A\W{0,8}Here(?:'s|’s| is| are) (?:the|your|a) [^\n]{0,60}:",
    # of our own prompts
    r"^[^\w\n]{0,8}Write: ?(?:text|title|meta_description|h1|intro|sections|faq)\b",
    r"^[^\w\n]{0,8}Length: (?:about|at most) \d+ (?:words|characters)\b",
    r"^[^\w\n]{0,8}Language: [^\n(]{2,40}\([a-z]{2}\)",
    r"</?source>",
)
# Where “todo” is an ordinary word, which may stand in capitals.
_SAYS_TODO = ("es", "pt")
_ANY_MARK = re.compile("|".join(f"(?:{mark})" for mark in _MARKS), re.MULTILINE)


def check_leftovers(subject: Subject) -> Verdict:
    """Marks that no reader should meet. What the person gave themselves, word for word, is their content."""
    excused = subject.given.casefold() + (" todo" if subject.language in _SAYS_TODO else "")
    found = [
        f"{each.label}: “{mark}”"
        for each in subject.components
        for mark in dict.fromkeys(match[0].strip() for match in _ANY_MARK.finditer(subject.parts.get(each.name, "")))
        if mark.casefold() not in excused
    ]
    if not found:
        return Verdict(CHECK, LABEL, Outcome.PASSED, "Nothing is left of templates, prompts or placeholders.")
    things = "Something" if len(found) == 1 else f"{len(found)} things"
    summary = f"{things} from a template, a prompt or a placeholder stayed in the text."
    return Verdict(CHECK, LABEL, Outcome.FLAGGED, summary, tuple(each[: SHOWN + 40] for each in found))
