"""Every page with something to show: empty, busy, broken. For the gallery, and for what is true of all pages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.accounts.views import ConfirmLinkPage, SignInPage
from app.clock import now
from app.desk.views import DeskPage, DeskView, FinishedView, NeedsView, NeedView, PressView
from app.errors import FieldError
from app.quality.contract import Outcome
from app.runs.generate_views import EstimateView, FormView, GeneratePage, KindChoice
from app.runs.list_views import FilterView, ListView, RunRowView, RunsPage
from app.runs.tables import Stage, StageStatus
from app.runs.views import (
    CallView,
    ChecksView,
    CheckView,
    ComponentLook,
    ComponentState,
    ComponentView,
    ContextEntryView,
    ContextView,
    Crumb,
    DownloadView,
    ErrorView,
    HeadView,
    LaneView,
    OutputView,
    Pill,
    ReasonView,
    ReceiptView,
    RevisionView,
    RunPage,
    RunView,
    SnippetView,
    StagesView,
    StageView,
    WaitingView,
)
from app.web.fields import FieldKind, FieldView, OptionView
from app.web.problems import UNEXPECTED, ErrorPage
from app.web.shell import MeterView, NavItem, ProjectChoice, Shell

HOME = "/p/lighting"
METER = MeterView("November", Decimal("124.18"), Decimal("17.40"), Decimal(200))


def shell(current: str, **changes: Any) -> Shell:
    nav = (
        NavItem("Desk", "newspaper", f"{HOME}/desk", "d", current == "desk", 14, due=True),
        NavItem("Generate", "square-pen", f"{HOME}/generate", "n", current == "generate"),
        NavItem("Runs", "scroll-text", f"{HOME}/runs", "r", current == "runs", 1_204),
    )
    base = Shell("Lighting shop", f"{HOME}/desk", "owner@example.com", nav, meter=METER)
    return replace(base, **changes)


LABELS = ("Validate", "Gather context", "Write components", "Assemble", "Check", "Polish", "Store")


def stages(*states: StageStatus, filled: int = 62, detail: str = "4 of 6", percentage: int = 52) -> StagesView:
    """The last of ``states`` is where it has come to."""
    durations = (4, 312, 3_140, 6, 48, 2, 11)
    last = len(states) - 1 if len(states) < 7 else None

    def one(index: int, state: StageStatus) -> StageView:
        timed = durations[index] if state in (DONE, FAILED) else None
        elapsed = durations[index] if state is NOW else None
        share = filled if index == last else 0 if state is PENDING else 100
        told = detail if index == last else ""
        return StageView(tuple(Stage)[index], LABELS[index], state, share, timed, elapsed, told)

    made = tuple(one(*each) for each in enumerate((*states, *(PENDING,) * (7 - len(states)))))
    spoken = "Writing components, 4 of 6" if percentage < 100 else "Ready"
    return StagesView(made, percentage, spoken, None if percentage < 100 else sum(durations))


DONE, NOW, FAILED, SKIPPED = StageStatus.COMPLETED, StageStatus.RUNNING, StageStatus.FAILED, StageStatus.SKIPPED
PENDING = StageStatus.PENDING
TITLE = "Brass Desk Lamps – Dimmable, Solid, Made to Last"
DESCRIPTION = (
    "Forty-two brass desk lamps with warm, dimmable light. Weighted bases, cloth-covered cable, and shades that keep "
    "the glare off your page."
)
INTRO = (
    "## Light that stays where you put it\n\nA good desk lamp does two things: it lights the page, and it stays out of "
    "the way. Our brass desk lamps do both. Each of the 42 models stands on a weighted base, turns on a smooth joint, "
    "and dims from a bright working light to a soft evening glow."
)
CHOOSE = (
    "Start with the reach. For a desk that is 70 cm deep, an arm of 45 cm brings the light to the middle without "
    "leaning over your screen. Then look at the shade: a deep one keeps the light on paper, a shallow one"
)
RESULT = f"""# Brass desk lamps

{INTRO}

## How to choose

{CHOOSE} spreads it over the whole desk.

- **Reach**: 45 cm suits a desk of 70 cm
- **Base**: weighted, so that it stands
- **Cable**: 1.8 m, covered in cloth

| model | reach | weight |
| --- | --- | --- |
| Clerk | 45 cm | 2.1 kg |
| Editor | 60 cm | 3.4 kg |

## Questions

### Can I dim them?

Yes, all 42 of them, with any [trailing-edge dimmer](https://example.com/dimmers).

> The light falls where the hand writes.
"""
WRITTEN = (
    ComponentView("title", "Title", ComponentState.READY, ComponentLook.TITLE, TITLE),
    ComponentView("description", "Description", ComponentState.READY, ComponentLook.DESCRIPTION, DESCRIPTION),
    ComponentView("headline", "Headline", ComponentState.READY, ComponentLook.HEADLINE, "Brass desk lamps"),
    ComponentView("intro", "Introduction", ComponentState.READY, ComponentLook.PROSE, INTRO),
    ComponentView("sections", "How to choose", ComponentState.WRITING, ComponentLook.PROSE, CHOOSE),
    ComponentView("faq", "Questions and answers", ComponentState.WAITING, ComponentLook.PROSE),
)
CRUMBS = (Crumb("Autumn categories", f"{HOME}/batches/1"), Crumb("Category page"), Crumb("English"))
HEAD = HeadView("Brass desk lamps", f"{HOME}/runs/1", "file-text", CRUMBS, Pill.RUNNING, can_cancel=True)
RECEIPT = ReceiptView(
    Decimal("0.0210"),
    Decimal("0.0114"),
    Decimal("0.0031"),
    Decimal("0.0168"),
    is_settled=False,
    model="claude-haiku-5-5",
    input_tokens=2_310,
    cached_tokens=1_944,
    output_tokens=684,
    calls=(
        CallView("Title and description", "claude-haiku-5-5", 770, 0, 84, Decimal("0.0042")),
        CallView("Introduction", "claude-haiku-5-5", 770, 648, 310, Decimal("0.0072")),
    ),
)
LANE = LaneView(
    "high", (ReasonView("1,240 products", 30), ReasonView("12,100 searches a month", 30), ReasonView("No text yet", 20))
)
CONTEXT = ContextView(
    (
        ContextEntryView("Brand voice, version 4", 312),
        ContextEntryView("Product feed, 42 rows", 1_480),
        ContextEntryView("Search terms, 18", 220),
        ContextEntryView("Competitor page", 600, "trimmed"),
        ContextEntryView("Notes", 0, "left out"),
    ),
    2_612,
    6_000,
)
CHECKS = ChecksView(
    (
        CheckView("Keywords", Outcome.PASSED, "All 3 keywords appear.", ("brass desk lamp ×4", "dimmable ×2")),
        CheckView("Length", Outcome.PASSED, "312 words; 250 to 400 were asked for."),
        CheckView("Facts", Outcome.FLAGGED, "“Up to 40 hours” is not in the product data.", ("Up to 40 hours",)),
        CheckView("Readability", Outcome.NOT_APPLICABLE, "There is no measure for this language."),
    )
)
BUSY = RunView("1", HEAD, stages(DONE, DONE, NOW), OutputView("en", WRITTEN), RECEIPT, LANE, context=CONTEXT)
BROKEN = replace(
    BUSY,
    head=replace(HEAD, pill=Pill.FAILED, can_cancel=False),
    stages=stages(DONE, DONE, FAILED, detail="failed at 4 of 6"),
    error=ErrorView(
        "The text stopped before its end",
        "The model used all of its 1,200 tokens while it was writing “How to choose”, three times.",
        "Ask for fewer words, or choose another model. Four of six components are kept; a retry writes the other two.",
        "TOKEN_LIMIT_EXCEEDED",
        f"{HOME}/runs/1/retry",
        f"{HOME}/generate?from=1",
        can_pass=True,
    ),
    output=OutputView(
        "en",
        (
            *WRITTEN[:4],
            replace(WRITTEN[4], state=ComponentState.FAILED),
            replace(WRITTEN[5], state=ComponentState.STOPPED),
        ),
    ),
    receipt=replace(
        RECEIPT, expected=None, is_settled=True, unpriced=1, calls=(replace(RECEIPT.calls[0], amount=None),)
    ),
    notes=("Temperature was not sent: claude-haiku-5-5 has none.",),
)
READY = replace(
    BUSY,
    head=replace(HEAD, pill=Pill.FLAGGED, can_cancel=False, can_regenerate=True, again_url=f"{HOME}/generate?from=1"),
    stages=stages(DONE, DONE, DONE, DONE, DONE, DONE, DONE, percentage=100),
    output=OutputView(
        "en",
        result=RESULT,
        snippet=SnippetView("shop.example › lamps › desk › brass", TITLE, DESCRIPTION),
        words=312,
        downloads=(DownloadView("Download", f"{HOME}/runs/1/result.md"),),
    ),
    receipt=replace(RECEIPT, expected=None, is_settled=True, spent=Decimal("0.0166")),
    checks=CHECKS,
    revisions=(
        RevisionView(2, "Regenerated", now() - timedelta(minutes=4), 312, is_current=True),
        RevisionView(1, "Generated", now() - timedelta(hours=3), 298, href=f"{HOME}/runs/1?revision=1"),
    ),
)
QUEUED = replace(
    BUSY,
    head=replace(HEAD, pill=Pill.QUEUED),
    stages=stages(percentage=0),
    output=OutputView("en", tuple(replace(each, state=ComponentState.WAITING, text="") for each in WRITTEN)),
    receipt=ReceiptView(Decimal("0.0210"), Decimal(0), Decimal(0), Decimal("0.0168"), is_settled=False),
    lane=LaneView("high", (ReasonView("Somebody is waiting for it"),)),
    waiting=WaitingView("It waits for a free slot: all 10 of this project are busy.", 3, 4, 9),
    context=None,
)
RETRYING = replace(
    QUEUED,
    stages=stages(DONE, DONE, PENDING, filled=0, detail="4 of 6, tries again"),
    output=OutputView("en", (*WRITTEN[:4], replace(WRITTEN[4], state=ComponentState.WAITING), WRITTEN[5])),
    waiting=WaitingView("The provider asked for a pause, so it tries again at 12:04:30 UTC."),
)
CANCELED = replace(
    BROKEN,
    head=replace(HEAD, pill=Pill.CANCELED, can_cancel=False, again_url=f"{HOME}/generate?from=1"),
    stages=stages(DONE, DONE, PENDING, detail="stopped at 4 of 6"),
    output=OutputView("en", (*WRITTEN[:4], *(replace(each, state=ComponentState.STOPPED) for each in WRITTEN[4:]))),
    error=None,
)
REFUSED = replace(
    BROKEN,
    error=ErrorView(
        "It failed at “Write components”",
        "Anthropic does not accept the key that Pressroom has for it.",
        "When that is mended, try again. What was finished is kept and is not paid for twice.",
        "GENERATION_ERROR",
        f"{HOME}/runs/1/retry",
        f"{HOME}/generate?from=1",
    ),
)
RIGHT_TO_LEFT = replace(
    READY,
    head=replace(HEAD, title="مصابيح مكتبية <script>alert(1)</script> 💡", pill=Pill.CANCELED, can_cancel=False),
    stages=stages(DONE, DONE, DONE, DONE, SKIPPED, DONE, DONE, percentage=100),
    output=OutputView(
        "ar", result="# مصابيح مكتبية\n\nضوء دافئ **وقابل** للتعتيم.\n\n<script>alert(1)</script>", words=4
    ),
    checks=ChecksView(skipped=True),
)


def row(number: int, title: str, pill: Pill, **changes: Any) -> RunRowView:
    base = RunRowView(
        str(number),
        title,
        f"{HOME}/runs/{number}",
        pill,
        "Category page",
        "English",
        "high",
        now() - timedelta(minutes=7 * number),
        "owner@example.com",
        subtitle="shop.example/lamps/desk/brass",
    )
    return replace(base, **changes)


WRITING = row(
    2, "Reading lamps", Pill.RUNNING, happened="Writing 3 of 6 components", percentage=48, cost=Decimal("0.0072")
)
ROWS = (
    row(1, "Brass desk lamps", Pill.QUEUED, happened="Starts in line", lane="normal"),
    WRITING,
    row(
        3,
        "Garden lights",
        Pill.FLAGGED,
        happened="“Up to 40 hours” is not in the product data.",
        cost=Decimal("0.0163"),
    ),
    row(
        4,
        "Copper floor lamps",
        Pill.FAILED,
        happened="The model stopped before the end, three times.",
        cost=Decimal("0.0141"),
    ),
    row(5, "Pendant lights", Pill.COMPLETED, happened="All 11 checks passed", cost=Decimal("0.0168")),
    row(
        6,
        "Write: a welcome for new readers of the newsletter that goes on for longer than a line",
        Pill.CANCELED,
        kind="Text",
        happened="Stopped at “Write components”",
        subtitle="",
    ),
    row(
        40,
        "Bathroom mirrors with light",
        Pill.SCHEDULED,
        happened="Starts 24 Dec, 09:00 UTC",
        language="German",
        lane="low",
    ),
    row(300, "Kitchen, staged", Pill.WAITING, kind="Image", subtitle=""),
)
FILTERS = (
    FilterView("status", "Status", "", (("", "Any status"), ("failed", "Failed"), ("completed", "Ready"))),
    FilterView("kind", "Kind", "page", (("", "Any kind"), ("text", "Text"), ("page", "Page"))),
    FilterView("member", "Member", "", (("", "Anybody"), ("1", "owner@example.com"))),
)
LIST = ListView(f"{HOME}/runs", ROWS, f"{HOME}/generate", older_url=f"{HOME}/runs?before=x")
RUNS = RunsPage(shell("runs"), LIST, FILTERS, "")

LANGUAGES = (OptionView("en", "English"), OptionView("de", "German"), OptionView("zh", "Chinese"))
PAGE_FIELDS = (
    FieldView(
        "pageType", "Page type", FieldKind.SELECT, "category", options=(OptionView("category", "Category"),), half=True
    ),
    FieldView("language", "Language", FieldKind.SELECT, "en", options=LANGUAGES, half=True),
    FieldView(
        "targetUrl", "Address of the page", FieldKind.URL, "https://shop.example/lamps/desk/brass", required=True
    ),
    FieldView(
        "keywords",
        "Keywords",
        FieldKind.KEYWORDS,
        "brass desk lamp\ndimmable\nreading light",
        "in order of weight",
    ),
    FieldView("facts", "Facts", FieldKind.LONG, "42 models\nArm: 45 cm", "only these will be stated as facts"),
    FieldView(
        "brandVoiceId",
        "Brand voice",
        FieldKind.SELECT,
        "",
        options=(OptionView("", "House voice, version 4"),),
        half=True,
    ),
    FieldView(
        "modelProfileId",
        "Model",
        FieldKind.SELECT,
        "",
        options=(OptionView("", "Careful and cheap (claude-haiku-5-5)"),),
        half=True,
    ),
)
TEXT_FIELDS = (
    FieldView(
        "action",
        "What to do",
        FieldKind.CHOICE,
        "REWRITE",
        options=(
            OptionView("WRITE", "Write", "something new"),
            OptionView("REWRITE", "Rewrite", "improve a text"),
            OptionView("DESCRIBE", "Describe", "a subject"),
        ),
        reshapes=True,
    ),
    FieldView("text", "The text to improve", FieldKind.LONG, "", required=True, rows=8),
    FieldView("lengthTarget", "Length", FieldKind.NUMBER, "250", "in words", smallest="20", largest="5000", half=True),
    FieldView("tone", "Tone", value="friendly, exact", half=True),
)
ADVANCED = (
    FieldView(
        "priority",
        "Lane",
        FieldKind.SELECT,
        "",
        options=(OptionView("", "Decide for me"), OptionView("high", "High")),
        half=True,
    ),
    FieldView("scheduledFor", "Start at", FieldKind.DATETIME, "", "UTC", half=True),
    FieldView("notes", "Notes for the writer", FieldKind.LONG, "", rows=2),
    FieldView("skipQualityCheck", "Skip the checks", FieldKind.TICK, ""),
    FieldView("skipCache", "Write it again", FieldKind.TICK, "on", "even if the same was asked before"),
)


def form(chosen: str, fields: tuple[FieldView, ...], **changes: Any) -> FormView:
    kinds = (
        KindChoice("text", "Text", "write, rewrite, describe", f"{HOME}/generate?kind=text", chosen == "text"),
        KindChoice("page", "Page", "for a shop or a site", f"{HOME}/generate?kind=page", chosen == "page"),
    )
    urls = (f"{HOME}/generate", "a mark", f"{HOME}/generate/fields", f"{HOME}/generate/estimate")
    base = FormView(*urls, kinds, fields, ADVANCED)
    return replace(base, **changes)


ESTIMATE = EstimateView(
    "Generate page",
    Decimal("0.014"),
    Decimal("0.017"),
    Decimal("0.021"),
    6,
    "high",
    "High, because somebody is waiting for it.",
    Decimal("58.42"),
)
WRONG = "Begin with https://, as in https://shop.example/lamps/desk/brass"
FAULTY = tuple(
    replace(field, value="shop.example/lamps", error=WRONG) if field.name == "targetUrl" else field
    for field in PAGE_FIELDS
)
NO_BUDGET = replace(
    ESTIMATE,
    low=None,
    high=None,
    expected=None,
    ready_in_seconds=None,
    left_this_month=Decimal("0.004"),
    problem="This does not fit the month's budget: $0.021 would be reserved, and $0.004 are left.",
    is_blocked=True,
)
GENERATE = GeneratePage(shell("generate"), form("page", PAGE_FIELDS), ESTIMATE, (ROWS[4], ROWS[2], ROWS[3]))

NEEDS = NeedsView(
    (
        NeedView(
            "4",
            "Copper floor lamps",
            "The model stopped before the end, three times.",
            f"{HOME}/runs/4",
            "Look",
            Pill.FAILED,
        ),
        NeedView(
            "3",
            "Garden lights",
            "“Up to 40 hours” is not in the product data.",
            f"{HOME}/runs/3",
            "Review",
            Pill.FLAGGED,
        ),
        NeedView(
            "budget",
            "November's budget is nearly used up",
            "$182.10 of $200 are spent or reserved.",
            f"{HOME}/costs",
            "See costs",
        ),
    ),
    14,
    f"{HOME}/runs?status=failed",
)
DESK = DeskView(
    f"{HOME}/generate",
    needs=NEEDS,
    press=PressView(
        (WRITING, replace(WRITING, id="8", title="Kitchen, staged", percentage=12, happened="Gathering context")), 3
    ),
    finished=FinishedView((ROWS[4], ROWS[2]), now() - timedelta(hours=5), f"{HOME}/runs"),
)
DEMO = "Demo content: no key is set, so a demo provider on this machine writes the texts. They are not real."
MANY = (ProjectChoice("Lighting shop", f"{HOME}/desk", current=True), ProjectChoice("Garden centre", "/p/garden/desk"))
NEAR = replace(METER, spent=Decimal("152.00"), reserved=Decimal("12.00"))
OVER = replace(METER, spent=Decimal("199.90"), reserved=Decimal("0.40"))

PAGES: Mapping[str, tuple[str, object]] = {
    "run-busy": ("runs/run.html", RunPage(shell("runs", demo=DEMO), BUSY)),
    "run-broken": ("runs/run.html", RunPage(shell("runs", meter=OVER), BROKEN)),
    "run-ready": ("runs/run.html", RunPage(shell("runs", projects=MANY, meter=NEAR), READY)),
    "run-queued": ("runs/run.html", RunPage(shell("runs"), QUEUED)),
    "run-retrying": ("runs/run.html", RunPage(shell("runs"), RETRYING)),
    "run-canceled": ("runs/run.html", RunPage(shell("runs"), CANCELED)),
    "run-refused": ("runs/run.html", RunPage(shell("runs"), REFUSED)),
    "run-right-to-left": ("runs/run.html", RunPage(shell("runs"), RIGHT_TO_LEFT)),
    "generate": ("runs/generate.html", GENERATE),
    "generate-faulty": (
        "runs/generate.html",
        replace(GENERATE, form=form("page", FAULTY), estimate=NO_BUDGET, shell=shell("generate", demo=DEMO)),
    ),
    "generate-text": (
        "runs/generate.html",
        replace(GENERATE, form=form("text", TEXT_FIELDS), latest=(), estimate=replace(ESTIMATE, action="Rewrite text")),
    ),
    "runs": ("runs/runs.html", RUNS),
    "runs-none": ("runs/runs.html", replace(RUNS, list=replace(LIST, rows=(), older_url=""))),
    "runs-no-match": (
        "runs/runs.html",
        replace(RUNS, search="copper", list=replace(LIST, rows=(), is_filtered=True, older_url="")),
    ),
    "desk": ("desk/desk.html", DeskPage(shell("desk"), DESK)),
    "desk-fresh": ("desk/desk.html", DeskPage(shell("desk", demo=DEMO), DeskView(f"{HOME}/generate", is_fresh=True))),
    "desk-calm": ("desk/desk.html", DeskPage(shell("desk"), DeskView(f"{HOME}/generate"))),
    "error": ("web/error.html", ErrorPage("Not found", 404, "There is nothing at this address, or it is not yours.")),
    "error-unexpected": (
        "web/error.html",
        ErrorPage("Something went wrong", 500, UNEXPECTED.detail, (FieldError("q", "X", "No."),), "8f3a01c2"),
    ),
    "sign-in": ("accounts/sign_in.html", SignInPage()),
    "sign-in-expired": (
        "accounts/sign_in.html",
        SignInPage("This link was used before, or is older than an hour. Ask for a new one."),
    ),
    "confirm-link": ("accounts/confirm_link.html", ConfirmLinkPage("owner@example.com", "/sign-in/abc")),
}
