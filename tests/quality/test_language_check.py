import pytest

from app.quality.contract import Outcome
from app.quality.language import check_language
from tests.quality.making import page, text

WRITTEN = {
    "en": "The lamp stands on a heavy base of brass, and its arm can be turned to where you need the light most.",
    "de": "Die Lampe steht auf einem schweren Fuß aus Messing, und ihr Arm lässt sich dorthin drehen, wo Licht fehlt.",
    "fr": "La lampe repose sur un socle lourd en laiton, et son bras se tourne là où vous avez besoin de lumière.",
    "es": "La lámpara descansa sobre una base pesada de latón, y su brazo se gira hacia donde usted necesita la luz.",
    "it": "La lampada poggia su una base pesante di ottone e il suo braccio si gira dove avete bisogno della luce.",
    "pt": "A lâmpada assenta numa base pesada de latão, e o seu braço pode ser virado para onde você precisa de luz.",
    "nl": "De lamp staat op een zware voet van messing, en de arm draait u naar de plek waar u het licht nodig heeft.",
    "pl": "Lampa stoi na ciężkiej podstawie z mosiądzu, a jej ramię można obrócić tam, gdzie potrzebne jest światło.",
    "sv": "Lampan står på en tung fot av mässing, och armen kan vridas dit där du behöver ljuset som allra mest.",
    "da": "Lampen står på en tung fod af messing, og armen kan drejes derhen, hvor du har allermest brug for lyset.",
    "tr": "Lamba ağır bir pirinç taban üzerinde durur ve kolu, ışığa en çok ihtiyaç duyduğunuz yere çevrilebilir.",
    "ar": "يقف المصباح على قاعدة ثقيلة من النحاس، ويمكن تدوير ذراعه إلى المكان الذي تحتاج فيه إلى الضوء أكثر من غيره.",
    "ja": "このランプは重い真鍮の台座の上に立ち、光が必要な場所へアームを回すことができます。",
    "ko": "이 램프는 무거운 황동 받침 위에 서 있으며 빛이 필요한 곳으로 팔을 돌릴 수 있습니다.",
    "zh": "这盏台灯立在沉重的黄铜底座上，灯臂可以转到您需要光线的地方，晚上阅读也很舒适。",
}


@pytest.mark.parametrize("code", WRITTEN)
def test_every_language_that_we_write_is_recognised(code: str) -> None:
    assert check_language(text(WRITTEN[code], code)).outcome is Outcome.PASSED
    other = "en" if code != "en" else "de"
    assert check_language(text(WRITTEN[code], other)).outcome is Outcome.FLAGGED


def test_a_part_in_another_language_is_named() -> None:
    verdict = check_language(page(faq=f"### Ist sie schwer?\n\n{WRITTEN['de']}"))
    assert verdict.outcome is Outcome.FLAGGED
    assert verdict.summary == "Questions and answers: German instead of English."
    assert "Introduction: English" in verdict.evidence


def test_markup_addresses_and_code_do_not_count_as_prose() -> None:
    address = "https://shop.example/the-english-words-of-an-address"
    marked = f"# **{WRITTEN['fr']}**\n\n[x]({address})\n\n```\nthe code is here\n```"
    assert check_language(text(marked, "fr")).outcome is Outcome.PASSED


@pytest.mark.parametrize("written", ["", "Lampe", "42 × 12 cm · 1,200 g", "灯", "```\n" + WRITTEN["en"] + "\n```"])
def test_what_is_too_short_to_tell_is_not_judged(written: str) -> None:
    verdict = check_language(text(written, "de"))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.summary == "Too short, or too mixed, to tell its language."


def test_names_alone_tell_no_language() -> None:
    names = (
        "Osram Philips Artemide Flos Tolomeo Anglepoise Kaiser Idell Bauhaus Xiaomi Yeelight Muuto Gubi Hay Vitra Louis"
    )
    assert check_language(text(names, "de")).outcome is Outcome.NOT_APPLICABLE


def test_spoken_varieties_of_chinese_count_as_chinese() -> None:
    written = "呢盞枱燈企喺好重嘅黃銅底座上面，燈臂可以轉去你需要光線嘅地方，夜晚睇書都好舒服。"
    assert check_language(text(written, "zh")).outcome is Outcome.PASSED


def test_a_language_that_we_do_not_know_is_not_judged() -> None:
    assert check_language(text(WRITTEN["en"], "xx")).outcome is Outcome.NOT_APPLICABLE
