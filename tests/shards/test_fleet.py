"""The simulated fleet against what can be said with pen and paper, and what it shows about the plan."""

import numpy as np
import pytest

from pipeline.shards.fleet import Fleet, simulate
from pipeline.shards.plan import RETRIES, shards_of

QUIET = Fleet(workers=10, stragglers=0.0, slowness=1.0, deaths_per_h=0.0, restart_s=60.0)


def test_without_deaths_the_time_is_that_of_full_rounds():
    shards = shards_of({"train": 95 * 4}, 4)
    found = simulate(shards, 0.5, QUIET, 1, spread=0.0)
    assert found.elapsed_s == pytest.approx(10 * 4 * 0.5)  # 95 shards in rounds of 10
    assert found.busy_core_s == pytest.approx(95 * 4 * 0.5) and found.wasted_core_s == found.deaths == 0


def test_deaths_cost_what_a_poisson_process_costs():
    """A shard of T seconds that is begun anew after each death at rate r takes (exp(rT) - 1) / r on average."""
    rate_s, shard_s, count = 1.0 / 3600, 300.0, 20000
    fleet = Fleet(workers=50, stragglers=0.0, slowness=1.0, deaths_per_h=3600 * rate_s, restart_s=0.0)
    found = simulate(shards_of({"train": count}, 1), shard_s, fleet, 2, spread=0.0)
    assert found.runs <= 2  # so few that what their ends cut off does not count
    deaths = count * (np.exp(rate_s * shard_s) - 1)
    assert found.deaths == pytest.approx(deaths, abs=4 * np.sqrt(deaths))
    wasted_s = count * ((np.exp(rate_s * shard_s) - 1) / rate_s - shard_s)
    assert found.wasted_core_s == pytest.approx(wasted_s, rel=4 * np.sqrt(4 / 3 / deaths))
    assert found.busy_core_s - found.wasted_core_s == pytest.approx(count * shard_s)


def test_runs_end_as_often_as_a_shard_dies_too_often():
    rate_h, shard_s, count = 2.0, 600.0, 3000
    fleet = Fleet(workers=1, stragglers=0.0, slowness=1.0, deaths_per_h=rate_h, restart_s=0.0)
    share = (1 - np.exp(-rate_h / 3600 * shard_s)) ** (1 + RETRIES)
    runs = [simulate(shards_of({"train": count}, 1), shard_s, fleet, seed, spread=0.0).runs for seed in range(8)]
    # Each run but the last was ended by one shard. In a row of its own a shard fails with the probability `share`.
    expected = 1 + count * share / (1 - share)
    assert np.mean(runs) == pytest.approx(expected, abs=4 * np.sqrt(expected / len(runs)))


@pytest.mark.parametrize("deaths_per_h", [0.1, 5.0])
def test_a_thousand_workers_with_stragglers_and_deaths_lose_nothing(deaths_per_h):
    shards = shards_of({"train": 10**5, "test": 333}, 25)
    fleet = Fleet(workers=1000, stragglers=0.05, slowness=4.0, deaths_per_h=deaths_per_h, restart_s=60.0)
    found = simulate(shards, 1.0, fleet, 3)
    assert found.times_made == dict.fromkeys(shards, 1)
    assert found.deaths > 0 or deaths_per_h < 1
    assert found.busy_core_s - found.wasted_core_s >= 0.97 * (10**5 + 333)
