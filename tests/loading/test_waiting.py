import pytest

from pipeline.loading.waiting import MOST_WAITING, Step, sentence_of, workers_to_feed


def waiting_share(drawing, learning, workers, steps=4000):
    """A pipeline played through: each worker draws one batch after the other, the trainer takes them in order."""
    free, now, waited = [0.0] * workers, 0.0, 0.0
    for step in range(steps):
        free[step % workers] += drawing
        start = max(now, free[step % workers])
        if step == steps // 2:
            begin, waited = now, 0.0  # the first batches take longer
        waited += start - now
        now = start + learning
    return waited / (now - begin)


@pytest.mark.parametrize(("drawing", "learning"), [
    (10, 60), (60, 60), (66, 60), (67, 60), (150, 60), (400, 60), (1000, 60), (1.5, 0.5)])  # fmt: skip
def test_so_many_workers_feed_the_trainer_and_no_fewer(drawing, learning):
    workers = workers_to_feed(drawing, learning)
    assert waiting_share(drawing, learning, workers) <= MOST_WAITING + 1e-3
    assert workers == 1 or waiting_share(drawing, learning, workers - 1) > MOST_WAITING


def test_a_trainer_that_idles_is_warned_of():
    warns, sentence = sentence_of({0: Step(20, 60), 1: Step(1, 60), 2: Step(0.5, 70)})
    assert warns and sentence == (
        "Data loading idles the trainer: 25% of a training step of 80 ms draws its batch (20.0 ms), in the same thread "
        "(allowed 10%). Workers that draw ahead leave, measured here, 2% with 1, 1% with 2; 2 cores for each training "
        "would feed it.")
    assert "4 cores for each training" in sentence_of({0: Step(150, 60), 1: Step(100, 60)})[1]


def test_a_trainer_that_does_not_idle_is_not():
    warns, sentence = sentence_of({0: Step(5, 60), 1: Step(1, 60)})
    assert not warns and sentence.startswith("Data loading does not idle the trainer: 8% of a training step of 65 ms")
