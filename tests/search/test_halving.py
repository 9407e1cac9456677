"""The search with a stand-in for training: a recall that is made up from the policy's number."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from pipeline.lab_params import SearchParams
from pipeline.search.halving import best, open_study, policy_of, rounds, search

TRIALS = 12
SETTINGS = SearchParams(trials=TRIALS, proxy_images=1, shortest_steps=10, halvings=2, best=2, seeds=2, hand_policy=())
RANK = [5, 9, 2, 11, 7, 0, 8, 3, 10, 1, 6, 4]  # of each trial; 0 is the best
BEST = RANK.index(0)


def made_up_recall(number, steps):
    """Longer trainings find more, and change nothing in the ranks."""
    return 0.9 - 0.05 * RANK[number] + steps / 1000


def write_and_score(log, die_at=None, reverse=False):
    """A score that notes every training in the file `log`, and kills its own process in the middle of one of them."""

    def score(trials, steps):
        for number, _ in sorted(trials, key=lambda trial: trial[0], reverse=reverse):
            with open(log, "a", encoding="utf-8") as stream:
                stream.write(f"{number} {steps}\n")
            if die_at is not None and len(Path(log).read_text(encoding="utf-8").splitlines()) == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            yield number, made_up_recall(number, steps)

    return score


def outcome(study):
    return [(trial.number, trial.state.name, trial.params, trial.intermediate_values) for trial in study.trials]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search that nobody disturbed, and its trainings."""
    folder = tmp_path_factory.mktemp("whole")
    study = open_study(folder / "trials.log", SETTINGS, 3)
    search(study, SETTINGS, write_and_score(folder / "log"))
    return study, (folder / "log").read_text().splitlines()


def test_the_best_trial_wins_and_most_are_dropped_early(whole):
    study, trained = whole
    assert rounds(SETTINGS) == [10, 20, 40]
    assert best(study, 1)[0].number == BEST
    assert sum(line.endswith(" 10") for line in trained) == TRIALS
    at_the_end = [int(line.split()[0]) for line in trained if line.endswith(" 40")]
    assert BEST in at_the_end and len(at_the_end) < TRIALS / 2


@pytest.mark.parametrize("die_at", [5, TRIALS + 2])
def test_a_killed_search_goes_on_and_repeats_only_what_was_under_way(whole, tmp_path, die_at):
    command = [sys.executable, __file__, str(tmp_path), str(die_at)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert done.returncode == -signal.SIGKILL
    interrupted = (tmp_path / "log").read_text().splitlines()
    study = open_study(tmp_path / "trials.log", SETTINGS, 3)
    search(study, SETTINGS, write_and_score(tmp_path / "log"))
    all_trained = (tmp_path / "log").read_text().splitlines()
    again = [line for line in set(all_trained) if all_trained.count(line) > 1]
    assert again == interrupted[-1:] and sorted(set(all_trained)) == sorted(whole[1])
    assert outcome(study) == outcome(whole[0])


def test_nothing_is_trained_when_a_finished_search_is_called_again(tmp_path):
    for _ in range(2):
        search(open_study(tmp_path / "trials.log", SETTINGS, 3), SETTINGS, write_and_score(tmp_path / "log"))
    trained = (tmp_path / "log").read_text().splitlines()
    assert len(set(trained)) == len(trained) > TRIALS


def test_the_result_does_not_depend_on_the_order_in_which_trainings_end(whole, tmp_path):
    study = open_study(tmp_path / "trials.log", SETTINGS, 3)
    search(study, SETTINGS, write_and_score(tmp_path / "log", reverse=True))
    assert outcome(study) == outcome(whole[0])


def test_seeds_and_trials_draw_policies_of_their_own(whole, tmp_path):
    other = open_study(tmp_path / "trials.log", SETTINGS, 4)
    search(other, SETTINGS, write_and_score(tmp_path / "log"))
    ours, theirs = ([policy_of(trial) for trial in study.trials] for study in (whole[0], other))
    assert len(set(ours)) == TRIALS and all(one != other for one, other in zip(ours, theirs, strict=True))


def test_without_halvings_every_trial_sees_the_whole_proxy(tmp_path):
    settings = SearchParams(trials=4, proxy_images=1, shortest_steps=40, halvings=0, best=2, seeds=2, hand_policy=())
    study = open_study(tmp_path / "trials.log", settings, 3)
    search(study, settings, write_and_score(tmp_path / "log"))
    assert [trial.state for trial in study.trials] == 4 * [optuna.trial.TrialState.COMPLETE]


if __name__ == "__main__":  # the process that is killed
    folder, at = Path(sys.argv[1]), int(sys.argv[2])
    search(open_study(folder / "trials.log", SETTINGS, 3), SETTINGS, write_and_score(folder / "log", at))
