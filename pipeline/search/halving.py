"""Random search with successive halving, by Optuna, that goes on where it was killed.

Every round trains the policies that are left, side by side, for twice the steps of the round before. Each of these
trainings starts anew with a learning rate schedule of its own: in the middle of a schedule the rate is high, and recall
says little. The pruner is Optuna's (Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020), which
compares a trial with those that came before it; it is asked in the order of the trials and not of the processes, so
the result does not depend on how many there are.

A trial is drawn from its own number and every recall is written down as soon as it is known: after a kill the same
trials go on, and only trainings that were under way are repeated.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import optuna
from optuna.samplers import RandomSampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FixedTrial, FrozenTrial, Trial, TrialState

from pipeline.lab_params import SearchParams
from pipeline.search.space import Policy, draw_policy

STREAM = 106  # of random draws, apart from those of the bootstrap and the scenes

Score = Callable[[Sequence[tuple[int, Policy]], int], Iterable[tuple[int, float]]]
"""([(trial, policy)], steps) -> (trial, recall) of each, in the order in which they are done."""


class NumberedSampler(RandomSampler):
    """Optuna's random draws, but a value depends on nothing but trial and parameter: they are the same after a kill."""

    def __init__(self, seed: int):
        super().__init__()
        self.seed = seed

    def sample_independent(self, study, trial, name, distribution):
        rng = np.random.default_rng([self.seed, STREAM, trial.number, *name.encode()])
        sampler = RandomSampler(int(rng.integers(2**32)))
        return sampler.sample_independent(study, trial, name, distribution)


def open_study(journal: Path, settings: SearchParams, seed: int) -> optuna.Study:
    """The study in the file `journal`, a new one if there is none."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    journal.parent.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        study_name="search",
        direction="maximize",
        storage=JournalStorage(JournalFileBackend(str(journal))),
        load_if_exists=True,
        sampler=NumberedSampler(seed),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=settings.shortest_steps, reduction_factor=2),
    )


def rounds(settings: SearchParams) -> list[int]:
    """Steps of the trainings in each round; the last is the proxy."""
    return [settings.shortest_steps << halving for halving in range(settings.halvings + 1)]


def search(study: optuna.Study, settings: SearchParams, score: Score) -> None:
    """Bring all trials of the study to an end."""
    for _ in range(settings.trials - len(study.trials)):
        study.ask()
    for steps in rounds(settings):
        train_round(study, steps, score)
        for trial in running(study, at=steps):
            if steps == rounds(settings)[-1]:
                study.tell(trial, trial.recall)
            elif trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)


def train_round(study: optuna.Study, steps: int, score: Score) -> None:
    """Let every trial that is left report its recall after `steps`."""
    waiting = {trial.number: trial for trial in running(study) if trial.reached < steps}
    for number, recall in score([(number, draw_policy(trial)) for number, trial in waiting.items()], steps):
        waiting[number].report(recall, steps)


class Running(Trial):
    """A trial of the study that has not ended, perhaps begun by a process that was killed.

    reached: the steps of its longest training, 0 before the first. recall: after that, None before.
    """

    def __init__(self, study: optuna.Study, frozen: FrozenTrial):
        super().__init__(study, frozen._trial_id)  # Optuna has no other way back to a trial
        self.reached = frozen.last_step or 0
        self.recall = frozen.intermediate_values.get(self.reached)


def running(study: optuna.Study, at: int | None = None) -> list[Running]:
    """Trials that have not ended, by number. at: only those whose longest training has so many steps."""
    trials = [Running(study, frozen) for frozen in study.get_trials(states=[TrialState.RUNNING])]
    return [trial for trial in trials if at in (None, trial.reached)]


def best(study: optuna.Study, count: int) -> list[FrozenTrial]:
    """The trials with the highest recall on the proxy, equal ones by number."""
    ended = study.get_trials(states=[TrialState.COMPLETE])
    return sorted(ended, key=lambda trial: (-trial.value, trial.number))[:count]


def policy_of(trial: FrozenTrial) -> Policy:
    """What a trial tried."""
    return draw_policy(FixedTrial(trial.params))
