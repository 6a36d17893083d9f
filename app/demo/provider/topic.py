"""What an instruction is about: "Write a short note about paper lamps" is about paper lamps."""

import re

LONGEST_TOPIC = 60
_ORDERS = (
    # What is asked for, then the word that leads to its subject.
    r"(?:please\s+)?(?:write|create|draft|compose|tell|explain|describe|summari[sz]e|rewrite|make|give)\b(?!\s+what).*?"
    r"\s(?:about|on|of|for)\s+",
    r"(?:please\s+)?(?:describe|explain|introduce|present)\s+",
    r"(?:bitte\s+)?(?:schreibe?|verfasse|erstelle|beschreibe?|erkläre?)\b.*?\s(?:über|zu|zum|zur|für)\s+",
    r"(?:bitte\s+)?(?:beschreibe?|erkläre?)\s+",
    r"(?:écri(?:s|vez)|rédige[zr]?|décri(?:s|vez)|présente[zr]?)\b.*?\s(?:sur|pour|à propos de)\s+",
    r"(?:escrib[ea]|redacta|describ[ea]|presenta)\b.*?\s(?:sobre|para|acerca de)\s+",
    r"(?:scriv[ia]|redigi|descriv[ia])\b.*?\s(?:su|per)\s+",
    r"(?:escrev[ae]|redija|descrev[ae])\b.*?\s(?:sobre|para)\s+",
    r"(?:schrijf|beschrijf|maak)\b.*?\s(?:over|voor)\s+",
    r"(?:napisz|opisz|stwórz)\b.*?\s(?:o|na temat|dla)\s+",
    r"请?(?:写|撰写|描述|介绍).{0,12}?关于",
)
_ORDER = tuple(re.compile(order, re.IGNORECASE) for order in _ORDERS)
_IMPERATIVE = re.compile(
    r"(?:please|continue|finish|extend|add|let|write|create|draft|compose|tell|explain|describe|summari[sz]e|rewrite|make|bitte|schreib|verfasse|"
    r"erstelle|écri|rédige|décri|escrib|redacta|describ|scriv|escrev|schrijf|beschrijf|napisz|opisz|请|写)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\A(?:an?|the|our|my|ein(?:e|en|em|er)?|der|die|das|den|dem)\s+", re.IGNORECASE)
_END = re.compile(
    r"[.,;:!?\n…。，；：！？「」]|\s(?:that|which|with|for (?:an?|the|our)|der|die|das|qui|que)\s|说明|的文章|的文字"
)


def topic_of(subject: str) -> str:
    """Empty where it is an order whose subject cannot be told, or too long to stand in a sentence."""
    for order in _ORDER:
        if found := order.match(subject):
            return _short(_ARTICLE.sub("", subject[found.end() :], count=1))
    return "" if _IMPERATIVE.match(subject) else _short(subject)


def _short(text: str) -> str:
    topic = _END.split(text.strip(), maxsplit=1)[0].strip(" \"'“”„«»*_")
    return topic if len(topic) <= LONGEST_TOPIC and "/" not in topic else ""
