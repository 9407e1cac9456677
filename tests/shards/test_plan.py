import numpy as np

from pipeline.shards.plan import shards_of


def test_every_scene_is_in_one_shard():
    rng = np.random.default_rng([3])
    for _ in range(200):
        counts = {"train": int(rng.integers(1, 500)), "test": int(rng.integers(1, 50))}
        scenes = int(rng.integers(1, 60))
        shards = shards_of(counts, scenes)
        assert all(1 <= shard.count <= scenes for shard in shards)
        assert len({shard.name for shard in shards}) == len(shards)
        for split, count in counts.items():
            covered = [scene for s in shards if s.split == split for scene in range(s.first, s.first + s.count)]
            assert covered == list(range(count))
