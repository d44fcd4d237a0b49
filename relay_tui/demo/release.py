"""The release: plan, fix, page, review, preview, announcement. Each message is triggered by the ones before it."""

from __future__ import annotations

from relay_tui.demo.facts import preview_url
from relay_tui.demo.steps import START, Request, Scene, edit, outcome_cue, read, run, think

GENERAL = "#general"
RELEASE = "#release"
PREVIEW = "deploy.preview"


def write_release(scene: Scene) -> None:
    """All of it, in the order in which it is told."""
    scene.facts |= {f"url{n}": preview_url(scene.facts[f"c{n}"]) for n in (0, 3)}
    _hello(scene)
    _plan(scene)
    _fix(scene)
    _page(scene)
    _review(scene)
    _preview(scene)
    _chores(scene)


def _hello(scene: Scene) -> None:
    """Everyone at once, as soon as each is there."""
    lines = {
        "planner": (
            "Morning, all. Today is tagger {version}: one fix, one flag, one page. The plan is in #release.",
            "Good morning. tagger {version} goes out today, and it is a small one. The plan is in #release.",
        ),
        "builder": (
            "On main, tree is clean, a build takes {seconds} s.",
            "Here. main builds in {seconds} s, nothing of mine is open.",
        ),
        "tester": (
            "{tests} tests green on main, 2 skipped. The skips are old friends.",
            "main is green: {tests} passed, 2 skipped, none of them flaky this week.",
        ),
        "reviewer": (
            "I have time for diffs until noon. Small ones first, please.",
            "Here. Send me diffs as they come, two small ones rather than one big one.",
        ),
        "docs": (
            "The changelog has an empty section for {version} that waits for you.",
            "Here. The {version} section of the changelog is still blank, so tell me what you change.",
        ),
    }
    for name, texts in lines.items():
        scene.say(f"hello.{name}", name, *texts, to=GENERAL, after=[START], about="the morning check-in")


def _plan(scene: Scene) -> None:
    scene.say(
        "plan",
        "planner",
        "{version} has three parts: the bug with {topic}, the `{flag}` flag, and a page that explains it. "
        "Tests first, a review before the tag, a preview before we announce.",
        "Three parts for {version}: mend the bug with {topic}, land `{flag}`, explain it on one page. "
        "Red test first, then the fix, then a review, then a preview.",
        to=RELEASE,
        after=["hello.planner"],
        about="the plan",
        work=[read("CHANGELOG.md", 0.3)],
    )
    request = Request(PREVIEW, {"environment": "baseline", "commit": scene.facts["c0"]})
    scene.say(
        "base",
        "builder",
        "I put up a preview of main first, so that there is something to compare with. It needs a person's yes.",
        "Before I touch anything: a preview of main, to compare with later. It waits for a person's yes.",
        to=RELEASE,
        after=["plan"],
        about="the preview of main",
        work=[run("git rev-parse --short HEAD", "{c0}".format_map(scene.facts), 0.3)],
        request=request,
    )
    _outcomes(scene, "base", "The preview of main is up: {url0}", "the preview of main")


def _fix(scene: Scene) -> None:
    test = "pytest -q {test}".format_map(scene.facts)
    module, tests = scene.facts["module"], scene.facts["tests"]
    paired = scene.cast.has(["tester"])
    scene.say(
        "fix",
        "planner",
        *(
            (
                "@tester please write the failing case first: {title}. @builder takes the fix once it is red.",
                "First the bug: {title}. @tester makes it fail in a test, @builder makes it pass.",
            )
            if paired
            else ("@builder please take the bug: {title}.",)
        ),
        to=RELEASE,
        after=["plan"],
        needs=["builder"],
        about="the plan for the bug",
        work=[think(1.0)],
    )
    scene.say(
        "fix.red",
        "tester",
        "Red, as it should be: {shape}. The case is in `{test}`.",
        "I have it failing: {shape}. See the last case in `{test}`.",
        root="fix",
        after=["fix"],
        about="the failing case",
        work=[read(module), edit(scene.facts["test"], 14), run(test, "1 failed, 31 passed")],
    )
    scene.say(
        "fix.cause",
        "builder",
        "It fails here too. {cause}",
        "Found it. {cause}",
        root="fix",
        after=["fix.red"],
        about="the cause of the bug",
        work=[read(module), run("git log --oneline -3 {module}".format_map(scene.facts), "3 commits", 0.5)],
    )
    scene.say(
        "fix.first",
        "builder",
        "Fixed in `{c1}`: {fix}. {tests} tests pass." + (" @tester, your turn." if paired else ""),
        "`{c1}` has the fix: {fix}. All {tests} pass here." + (" @tester, please try to break it." if paired else ""),
        root="fix",
        after=["fix.cause"],
        about="the fix",
        work=[edit(module, 21, 8, 1.4), run("pytest -q", f"{tests} passed in 4.1s", 1.6)],
    )
    scene.say(
        "fix.again",
        "tester",
        "@builder almost. {Second} still goes wrong; I added that case.",
        "@builder not yet: {second} still goes wrong. The case is next to the first one.",
        root="fix",
        after=["fix.first"],
        about="a second try to break the fix",
        work=[edit(scene.facts["test"], 9), run(test, "1 failed, 32 passed", 1.2)],
    )
    scene.say(
        "fix.second",
        "builder",
        "Right, I only had the obvious one. `{c2}`: {fix2}.",
        "You are right, I stopped too early. `{c2}`: {fix2}.",
        root="fix",
        after=["fix.again"],
        needs=["tester"],
        about="the rest of the fix",
        work=[edit(module, 7, 2, 1.0), run("pytest -q", f"{tests + 2} passed in 4.3s", 1.4)],
    )
    scene.say(
        "fix.green",
        "tester",
        "Green three times in a row, {more_tests} passed. @planner this one is done.",
        "{more_tests} passed, three runs, no flakes. @planner done from my side.",
        root="fix",
        after=["fix.second"],
        about="the last test run",
        work=[run("pytest -q --count 3", f"{3 * (tests + 2)} passed in 12.6s", 1.8)],
    )


def _page(scene: Scene) -> None:
    page = scene.facts["page"]
    scene.say(
        "page",
        "planner",
        "@docs could you write the page for `{flag}`? @builder knows what it does at the edges.",
        "@docs the page for `{flag}` is yours. @builder wrote the flag, ask there.",
        to=RELEASE,
        after=["fix"],
        needs=["docs", "builder"],
        about="the plan for the page",
        work=[think(1.2)],
    )
    scene.say(
        "page.ask",
        "docs",
        "On it. @builder one question: {question}",
        "Starting. @builder before I write nonsense: {question}",
        root="page",
        after=["page"],
        about="a question about `{flag}`",
        work=[read("src/tagger/cli.py"), think(0.4)],
    )
    scene.say(
        "page.tell",
        "builder",
        "{answer}",
        root="page",
        after=["page.ask"],
        about="the answer about `{flag}`",
        work=[read("src/tagger/cli.py")],
    )
    scene.say(
        "page.done",
        "docs",
        "Thank you. The page is up as `{page}`, with {example}.",
        "That helps. `{page}` is written, with {example}.",
        root="page",
        after=["page.tell"],
        about="the page for `{flag}`",
        work=[edit(page, 46, 0, 1.8), run("mkdocs build --strict", "built in 1.2 s", 0.8)],
    )
    scene.say(
        "page.fine",
        "planner",
        "Reads well. The announcement will point at it.",
        "Clear, and short. I link it from the announcement.",
        root="page",
        after=["page.done"],
        about="a look at the page",
        work=[read(page, 0.8)],
    )


def _review(scene: Scene) -> None:
    module = scene.facts["module"]
    scene.say(
        "nudge",
        "planner",
        "The fix is green. Could you take the diff now? {lines} lines, two files.",
        "Do you have time for a diff? {lines} lines in two files, the tests are green.",
        to="@reviewer",
        after=["fix.green"],
        needs=["reviewer"],
        about="the request for a review",
    )
    scene.say(
        "nudge.yes",
        "reviewer",
        "Starting now. If nothing is odd, you have it in a minute.",
        "Yes, reading it now.",
        to="@planner",
        after=["nudge"],
        about="the review",
    )
    scene.say(
        "review",
        "reviewer",
        "@builder one thing in `{module}`. {remark}",
        "@builder nearly there, one thing in `{module}`. {remark}",
        to=RELEASE,
        after=["nudge.yes"],
        needs=["builder"],
        about="the review",
        work=[
            run("git diff main --stat", "2 files changed", 0.5),
            read(module, 1.0),
            read(scene.facts["test"], 0.8),
        ],
    )
    scene.say(
        "review.mend",
        "builder",
        "{remedy} See `{c3}`.",
        root="review",
        after=["review"],
        about="what the review found",
        work=[edit(module, 6, 9, 1.0), run("pytest -q", "{more_tests} passed".format_map(scene.facts), 1.2)],
    )
    scene.say(
        "review.yes",
        "reviewer",
        "Approved. @planner it can go.",
        "Good, approved. @planner from my side it can go out.",
        root="review",
        after=["review.mend"],
        about="the review",
        work=[read(module, 0.8)],
    )


def _preview(scene: Scene) -> None:
    scene.say(
        "ship",
        "planner",
        "@builder everything is in. Please ask for the preview of `{c3}`, then we announce.",
        "All parts are in. @builder please put `{c3}` up as a preview; after that we announce.",
        to=RELEASE,
        after=["review.yes", "page.done"],
        needs=["builder"],
        about="the go for the preview",
        work=[read("CHANGELOG.md")],
    )
    scene.say(
        "preview",
        "builder",
        "Asked for it. A person decides.",
        "The request is out, it waits for a person's yes.",
        root="ship",
        after=["ship"],
        about="the preview of {version}",
        work=[run("git tag -n1 v{version}-rc1".format_map(scene.facts), "tagged", 0.5)],
        request=Request(PREVIEW, {"environment": "staging", "commit": scene.facts["c3"]}),
    )
    look = " @tester, would you look?" if scene.cast.has(["tester"]) else ""
    _outcomes(scene, "preview", "It is up: {url3}." + look, "the preview of {version}", root="ship")
    scene.say(
        "preview.looked",
        "tester",
        "It says {version}, and {topic} come out right. @planner good to go.",
        "Looked at it: {version}, and this morning's bug is gone. @planner good to go.",
        root="ship",
        after=["preview.completed"],
        about="a look at the preview",
        work=[run("curl -s {url3}/version".format_map(scene.facts), scene.facts["version"], 0.8)],
    )
    scene.say(
        "preview.waits",
        "planner",
        "Understood. {version} waits until somebody says otherwise.",
        "Then {version} waits. Nothing else changes.",
        root="ship",
        after=["preview.denied"],
        needs=["builder"],
        about="the word on {version}",
    )
    scene.say(
        "announce",
        "planner",
        "tagger {version} is out. Mended: {title}. New: `{flag}`. Thank you, all.",
        "Released: tagger {version}, with `{flag}` and without the bug with {topic}. Thank you, all.",
        to=GENERAL,
        after=["preview.looked" if scene.cast.has(["tester"]) else "preview.completed"],
        about="the announcement",
        work=[edit("CHANGELOG.md", 6), run("git push --tags", "v{version}".format_map(scene.facts), 0.8)],
    )
    scene.say(
        "announce.notes",
        "docs",
        "The notes are published, the page is linked.",
        "Notes are online, with the page linked from the first line.",
        root="announce",
        after=["announce"],
        about="the notes",
        work=[run("mkdocs gh-deploy", "published", 0.9)],
    )


def _outcomes(scene: Scene, asked: str, completed: str, about: str, root: str = "") -> None:
    """What the builder says once a request for a preview has ended."""
    root = root or asked
    say = {"completed": completed, "denied": "Declined: ", "failed": "The preview did not come up: "}
    for outcome, text in say.items():
        scene.say(
            f"{asked}.{outcome}",
            "builder",
            text,
            root=root,
            after=[outcome_cue(asked, outcome)],
            about=about,
            open_end=outcome != "completed",
        )


_CHORES = (
    ("Could you move CI to the new image? It is one line.", "Moved. CI is 40 s quicker.", ".github/workflows/ci.yml"),
    ("Please drop the 3.9 classifiers, nobody runs it any more.", "Dropped, in one commit.", "pyproject.toml"),
    ("Would you run the examples in the README once more?", "All of them work as printed.", "README.md"),
    ("Please time the big corpus against 0.9.0.", "3 percent quicker, which is noise.", "bench/corpus.py"),
    ("Could you look for TODOs that this release settles?", "Two, both gone now.", "src/tagger/cli.py"),
)


def _chores(scene: Scene) -> None:
    """Small parts for the agents beyond the first five, three at a time, by direct message."""
    lanes = ["plan"] * 3
    for number, name in enumerate(scene.cast.extras):
        asked, done, path = _CHORES[number % len(_CHORES)]
        lane = number % len(lanes)
        scene.say(f"chore.{name}", "planner", asked, to=f"@{name}", after=[lanes[lane]], about=f"a chore for {name}")
        scene.say(
            f"chore.{name}.done",
            name,
            done,
            to="@planner",
            after=[f"chore.{name}"],
            about="a chore",
            work=[read(path), edit(path, 2, 2, 1.5)],
        )
        lanes[lane] = f"chore.{name}.done"
