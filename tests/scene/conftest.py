import pytest

from pipeline.scene.draw import load_stock
from pipeline.scene.recipe import read_recipe
from tests import fabricated


class Rungs:
    """Recipes and stock of a whole ladder made of fabricated inputs."""

    def __init__(self, root, params):
        fabricated.write_inputs(root, params)
        self.root, self.params = root, params
        self.recipes = {rung: read_recipe(root / f"data/out/recipes/{rung}.json") for rung in params.ladder}
        folders = fabricated.stock_folders(root)
        self.stocks = {rung: load_stock(recipe, *folders) for rung, recipe in self.recipes.items()}


@pytest.fixture(scope="session")
def rungs(tmp_path_factory):
    return Rungs(tmp_path_factory.mktemp("rungs"), fabricated.tiny_params())
