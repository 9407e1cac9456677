"""How to read the page: what every word means and how far it can be trusted."""

from pipeline.compare.verdict import false_positives, noun
from pipeline.params import EvaluateParams
from pipeline.report.svg import escape, tag


def reading_list(gap: dict, settings: EvaluateParams, seeds: int) -> str:
    """gap: content of gap.json, for what is looked for and whether there are several categories."""
    each = " of each category, whose recalls are averaged" if "categories" in gap else ""
    some_seeds = f"{seeds} training seed{'s' if seeds != 1 else ''}"
    seeds_say = (
        "With one seed the interval covers the frames only."
        if seeds == 1
        else f"The spread between seeds is scaled up to be unbiased, but {seeds} seeds are few."
    )
    terms = {
        "Rung": "A recipe for synthetic training images. Each adds one thing to the rung before it, over "
        "the same scenes. On each, the same network is trained from scratch.",
        "Recall": f"The share of {noun(gap)} that are found (IoU at least {settings.iou:g}) with the score "
        f"threshold at which there are {false_positives(settings.fppi)} on average{each}. "
        f"{noun(gap).capitalize()} hidden by more than half do not count.",
        "Gap": "Recall on the rung's own unseen synthetic scenes minus recall on real frames. A small gap "
        "alone is no merit: a detector that is bad at both has none. Read it beside real recall.",
        "real_only": "The same network trained on the labelled real training frames: what a few labels give.",
        "95 % interval": f"From {settings.bootstrap_samples} resamples of the real frames, drawn in blocks "
        f"of {settings.block_frames} neighbouring frames because neighbours show the same {noun(gap)}, and of the "
        f"{some_seeds}; the score threshold is derived anew in each. {seeds_say} Simulated, such intervals cover the "
        f"truth in 91 to 97 % of experiments, 91 where {noun(gap)} stay hidden for longer than a block; "
        "frames_needed.txt, beside this page, has wider ones that cover it in 93 % and more.",
        "Helped, hurt": "Said only if the whole interval of the gain over the rung before lies on one side "
        "of 0, both detectors measured on the same resamples. Of twenty rungs that do nothing, about one "
        "will still be called so.",
        "No measurable effect": "The interval contains 0: these frames cannot tell. It does not say that the "
        "rung is useless.",
        "One camera": "Every number is about this camera, this place and this day. Another site needs its "
        "own frames.",
    }
    pairs = [tag("dt", escape(term)) + tag("dd", escape(meaning)) for term, meaning in terms.items()]
    return tag("dl", *pairs)
