"""Writes what a prompt asks for: the same text for the same request, in its language, with its keywords and facts.

There is no intelligence in it. It chooses among phrases (see ``phrases/``) and invents no numbers: those come from
the facts alone.
"""

from collections.abc import Callable, Mapping, Sequence

from app.demo.provider.ask import Ask
from app.demo.provider.pen import Pen
from app.demo.provider.phrasebook import Theme, phrases
from app.demo.provider.rewriter import rewrite

WORDS_PER_SECTION = 85
WORDS_PER_ANSWER = 38
SENTENCES_PER_PARAGRAPH = 5
HEADINGS_FROM = 350
"""Words from which a plain text is divided by headings."""
KEYWORDS_BY_NAME = 3
"""Keywords that get a sentence of their own in one place; the rest are listed."""


def write(ask: Ask) -> str:
    if ask.rewrites:
        return rewrite(ask)
    return WRITERS.get(ask.component, write_text)(Pen(ask, phrases(ask.language)))


def write_title(pen: Pen) -> str:
    return _line(pen, pen.phrases.titles)


def write_headline(pen: Pen) -> str:
    return _line(pen, pen.phrases.headlines)


def write_summary(pen: Pen) -> str:
    """As many sentences as fit into the limit, the first keyword in front."""
    limit, keyword = pen.ask.characters or 155, {"keyword": pen.keywords[0]}
    patterns = sorted(pen.shuffled(pen.phrases.summaries), key=lambda pattern: "{keyword}" not in pattern)
    written = ""
    for pattern in [*patterns[:1], *pen.shuffled(patterns[1:])]:
        longer = pen.join(filter(None, (written, pen.fill(pattern, keyword))))
        if len(longer) <= limit:
            written = longer
    return written or _shortened(pen.keywords[0], limit)


def write_intro(pen: Pen) -> str:
    opening = [pen.sentence(pen.phrases.openings, {"keyword": pen.keywords[0]}) or ""]
    first = [*opening, *_mentions(pen, pen.keywords[1:2]), *_facts(pen, pen.ask.facts[:1])]
    pools = (pen.phrases.openings, pen.phrases.bridges, pen.phrases.closings)
    return _paragraphs(pen, _filled(pen, first, pen.ask.words or 90, *pools))


def write_sections(pen: Pen) -> str:
    words = pen.ask.words or 320
    count = max(2, min(len(pen.phrases.themes), round(words / WORDS_PER_SECTION)))
    blocks: list[str] = []
    for number, theme in enumerate(pen.random.sample(pen.phrases.themes, count)):
        blocks.append(f"## {_heading(pen, theme, number)}")
        budget = (words - _sum(pen, blocks)) // (count - number)
        if number == 0 and pen.ask.facts:
            facts = _fact_list(pen)
            budget -= pen.length(facts)
        blocks.append(_section(pen, theme, pen.keywords[number::count], budget))
        if number == 0 and pen.ask.facts:
            blocks.append(facts)
    return "\n\n".join(blocks)


def write_faq(pen: Pen) -> str:
    words = pen.ask.words or 220
    asked = [(theme, question) for theme in pen.phrases.themes for question in theme.questions]
    count = min(len(asked), pen.ask.questions or max(2, round(words / WORDS_PER_ANSWER)))
    blocks: list[str] = []
    for number, (theme, question) in enumerate(pen.random.sample(asked, count)):
        keyword = {"keyword": pen.keywords[number % len(pen.keywords)]}
        heading, answer = f"### {pen.fill(question.ask, keyword)}", pen.fill(question.answer, keyword)
        left = words - _sum(pen, blocks)
        if number > 1 and not pen.ask.questions and _sum(pen, (heading, answer)) > left * 2:
            break
        budget = left // (count - number) - pen.length(heading)
        blocks.append(f"{heading}\n\n{pen.join(_filled(pen, [answer], budget, theme.sentences))}")
    return "\n\n".join(blocks)


def write_text(pen: Pen) -> str:
    words = pen.ask.words or 180
    if words >= HEADINGS_FROM:
        return _long_text(pen, words)
    opening = [pen.sentence(pen.phrases.openings, {"keyword": pen.keywords[0]}) or ""]
    first = [*opening, *_facts(pen, pen.ask.facts[:3]), *_mentions(pen, pen.keywords[1:])]
    theme = pen.random.choice(pen.phrases.themes)
    pools = (theme.sentences, pen.phrases.bridges, pen.phrases.closings, *_sentences(pen.phrases.themes))
    return _paragraphs(pen, _filled(pen, first, words, *pools))


WRITERS: dict[str, Callable[[Pen], str]] = {
    "title": write_title,
    "meta_description": write_summary,
    "h1": write_headline,
    "intro": write_intro,
    "sections": write_sections,
    "faq": write_faq,
    "text": write_text,
}


def _long_text(pen: Pen, words: int) -> str:
    """An introduction, then sections: what an article has."""
    opening = [pen.sentence(pen.phrases.openings, {"keyword": pen.keywords[0]}) or "", *_facts(pen, pen.ask.facts[:2])]
    blocks = [_paragraphs(pen, _filled(pen, opening, words // 6, pen.phrases.openings, pen.phrases.bridges))]
    count = max(2, min(len(pen.phrases.themes), round(words / 140)))
    for number, theme in enumerate(pen.random.sample(pen.phrases.themes, count)):
        blocks.append(f"## {_heading(pen, theme, number)}")
        budget = (words - _sum(pen, blocks)) // (count - number)
        blocks.append(_section(pen, theme, pen.keywords[number::count], budget))
    return "\n\n".join(blocks)


def _heading(pen: Pen, theme: Theme, number: int) -> str:
    return pen.fill(pen.random.choice(theme.headings), {"keyword": pen.keywords[number % len(pen.keywords)]})


def _section(pen: Pen, theme: Theme, keywords: Sequence[str], words: int) -> str:
    pools = (theme.sentences, pen.phrases.bridges, *_sentences(pen.phrases.themes))
    return _paragraphs(pen, _filled(pen, _mentions(pen, keywords), words, *pools))


def _line(pen: Pen, patterns: Sequence[str]) -> str:
    """A wording between the limits where there is one; else the longest that fits, with a little more behind it."""
    limit, keyword = pen.ask.characters or 60, {"keyword": pen.keywords[0]}
    lines = [pen.fill(pattern, keyword) for pattern in pen.shuffled(patterns)]
    fitting = [line for line in lines if len(line) <= limit]
    if not fitting:
        return _shortened(pen.keywords[0], limit)
    longest = max(fitting, key=len)
    more = [f"{longest} – {pen.fill(extra, keyword).rstrip('.。')}" for extra in pen.shuffled(pen.phrases.summaries)]
    least = pen.ask.least_characters or limit // 5
    enough = [line for line in (*fitting, *more) if least <= len(line) <= limit]
    return enough[0] if enough else longest


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip(" ,;:–-")


def _mentions(pen: Pen, keywords: Sequence[str]) -> list[str]:
    """Sentences that use each of these keywords."""
    named, listed = keywords[:KEYWORDS_BY_NAME], keywords[KEYWORDS_BY_NAME:]
    sentences = [_once(pen, pen.phrases.mentions, {"keyword": keyword}) for keyword in named]
    if listed:
        sentences.append(_once(pen, pen.phrases.listings, {"keywords": pen.phrases.list_comma.join(listed)}))
    return [sentence for sentence in sentences if sentence]


def _once(pen: Pen, patterns: Sequence[str], words: Mapping[str, str]) -> str | None:
    return pen.sentence(patterns, words) or pen.sentence(patterns, words, again=True)


def _facts(pen: Pen, facts: Sequence[str]) -> list[str]:
    told = [fact.replace(": ", " ", 1) for fact in facts]
    return [sentence for fact in told if (sentence := _once(pen, pen.phrases.facts, {"fact": fact}))]


def _fact_list(pen: Pen) -> str:
    lines = [f"- **{name}:**{value}" if value else f"- {name}" for name, _, value in map(_split_fact, pen.ask.facts)]
    return "\n".join((f"**{pen.random.choice(pen.phrases.facts_heading)}**", "", *lines))


def _split_fact(fact: str) -> tuple[str, str, str]:
    return fact.partition(":")


def _sentences(themes: Sequence[Theme]) -> list[list[str]]:
    return [theme.sentences for theme in themes]


def _filled(pen: Pen, sentences: list[str], words: int, *pools: Sequence[str]) -> list[str]:
    """``sentences``, and more from the pools in their order until there are about ``words`` words."""
    have = _sum(pen, sentences)
    for pool, again in [*((pool, False) for pool in pools), *((pool, True) for pool in pools)]:
        while have < words:
            sentence = pen.sentence(pool, again=again)
            if sentence is None:
                break
            more = pen.length(sentence)
            if have + more - words > words - have:
                return sentences
            sentences.append(sentence)
            have += more
    return sentences


def _sum(pen: Pen, texts: Sequence[str]) -> int:
    return sum(pen.length(text) for text in texts)


def _paragraphs(pen: Pen, sentences: Sequence[str]) -> str:
    """Paragraphs of about the same number of sentences."""
    count = max(1, -(-len(sentences) // SENTENCES_PER_PARAGRAPH))
    size = -(-len(sentences) // count)
    return "\n\n".join(pen.join(sentences[at : at + size]) for at in range(0, len(sentences), size))
