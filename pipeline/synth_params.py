"""The section of params.yaml about how scenes are made: who makes them, in what pieces, and where they are put."""

from dataclasses import dataclass

from pipeline.fields import one_of, text, within


@dataclass(frozen=True)
class SynthParams:
    backend: str = one_of(("local", "ray"), "who makes scenes: processes here, or a Ray cluster")
    ray_address: str = text('of a running cluster; "": one on this machine', 'host:port, auto or ""')
    shard_scenes: int = within(1, 10**6, "made, checked and made again together", "scenes")
    format: str = one_of(("folder", "webdataset"), "of the training images: files, or tar shards")
    output: str = text('of tar shards, as s3://bucket/folder; "": here', 'a URL, /folder or ""')
