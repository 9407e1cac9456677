"""Stage `recipes`: params.yaml + calibration -> data/out/recipes/<rung>.json, one resolved recipe a rung."""

from pathlib import Path

from pipeline.config import load_params
from pipeline.data.files import atomic_folder, write_json
from pipeline.errors import main
from pipeline.scene.recipe import resolve, to_json

OUT = Path("data/out/recipes")
CALIBRATION = Path("data/out/calibration")
PLACES = Path("data/out/places")


def run():
    params = load_params()
    with atomic_folder(OUT) as folder:
        for rung in params.ladder:
            write_json(folder / f"{rung}.json", to_json(resolve(params, rung, CALIBRATION, PLACES)))
    print(f"recipes: {len(params.ladder)} rungs in {OUT}")


if __name__ == "__main__":
    main(run)
