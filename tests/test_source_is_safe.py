"""No way of the code from a file, a parameter or a name to running what stands there: read off the syntax trees."""

import ast

import pytest

from tests.fabricated import REPOSITORY

TOPS = ("pipeline", "sensors", "examples", "bench")
FILES = [path for top in TOPS for path in sorted((REPOSITORY / top).rglob("*.py"))]
RUN_TEXT = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput",
            "subprocess.getstatusoutput"}  # fmt: skip
UNPICKLE = {"pickle.load", "pickle.loads", "pickle.Unpickler", "cPickle.load", "shelve.open", "marshal.load",
            "marshal.loads", "joblib.load", "dill.load", "dill.loads", "torch.jit.load", "pandas.read_pickle",
            "torch.package.PackageImporter"}  # fmt: skip
TIME_OF_DAY = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime", "time.ctime",
               "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
               "os.path.getmtime", "os.path.getctime"}  # fmt: skip
NETWORK = {"socket", "ssl", "urllib.request", "http.client", "ftplib", "smtplib", "requests", "httpx", "httpx2",
           "unearth", "aiohttp", "urllib3", "torch.hub"}  # fmt: skip
REACH_OUT = {
    REPOSITORY / "pipeline/data/fetch.py",  # the one archive, from where the user's pip looks
    REPOSITORY / "pipeline/shards/ray_cluster.py",  # knocks at synth.ray_address, which the user configured
}
UNPACK = {"extractall", "unpack_archive"}  # whole archives; single members are copied by pipeline/data/fetch.py


def dotted(node, names):
    """"os.system" of the expression `os.system`, whatever it was imported as; "" of what is no name."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value, names)}.{node.attr}"
    return ""


def imported(tree):
    """{name in the module: what it stands for}."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {found.asname: found.name for found in node.names if found.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {found.asname or found.name: f"{node.module}.{found.name}" for found in node.names}
    return names


def unsafe_calls(text):
    """What is wrong in a module, as (line, words)."""
    tree = ast.parse(text)
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            wrong = judged(dotted(node.func, names), {word.arg: word.value for word in node.keywords}, node)
            if wrong:
                yield node.lineno, wrong


def judged(name, words, call):
    """What is wrong with a call of `name`; None if nothing is."""
    last = name.rpartition(".")[2]
    if name in RUN_TEXT:
        return f"{name} runs text"
    if name in TIME_OF_DAY:
        return f"{name}: results must not know when they were made"
    if name in UNPICKLE:
        return f"{name} runs what a file says"
    if last in UNPACK:
        return f"{name} unpacks whole archives"
    if name == "torch.load" and not is_constant(words.get("weights_only"), True):
        return "torch.load without weights_only=True"
    if name == "numpy.load" and "allow_pickle" in words and not is_constant(words["allow_pickle"], False):
        return "numpy.load with pickles"
    if name in ("yaml.load", "yaml.load_all") and not dotted_ends(call, ("SafeLoader", "OnceLoader")):
        return f"{name} without a safe loader"
    if name in ("yaml.unsafe_load", "yaml.full_load"):
        return name
    if "shell" in words and not is_constant(words["shell"], False):
        return f"{name} with a shell"
    return None


def network_modules(text):
    """Modules of the network that a module imports."""
    for node in ast.walk(ast.parse(text)):
        names = [found.name for found in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{found.name}" for found in node.names)]
        yield from (known for known in NETWORK for name in names if name == known or name.startswith(f"{known}."))


def is_constant(node, value):
    return isinstance(node, ast.Constant) and node.value is value


def dotted_ends(call, endings):
    given = [*call.args[1:], *(word.value for word in call.keywords)]
    return any(dotted(node, {}).rpartition(".")[2] in endings for node in given)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_nothing_unsafe_is_called(path):
    assert list(unsafe_calls(path.read_text(encoding="utf-8"))) == []


def test_nothing_else_reaches_into_the_network():
    assert {path for path in FILES if list(network_modules(path.read_text(encoding="utf-8")))} == REACH_OUT


@pytest.mark.parametrize("text", [
    "import os\nos.system('a')", "from os import system\nsystem('a')", "eval('1')", "import os as o\no.popen('a')",
    "import pickle\npickle.loads(b'')", "from pickle import load as read\nread(f)", "import torch\ntorch.load(p)",
    "import torch\ntorch.load(p, weights_only=False)", "import numpy as np\nnp.load(p, allow_pickle=True)",
    "import yaml\nyaml.load(t)", "import yaml\nyaml.load(t, yaml.Loader)", "import yaml\nyaml.full_load(t)",
    "import subprocess\nsubprocess.run('a', shell=True)", "import subprocess\nsubprocess.run('a', shell=flag)",
    "import shutil\nshutil.unpack_archive(a)", "archive.extractall(p)",
    "import time\ntime.time()", "from datetime import datetime as d\nd.now()",
])  # fmt: skip
def test_the_search_finds_what_it_looks_for(text):
    assert len(list(unsafe_calls(text))) == 1


def test_the_search_leaves_what_is_safe():
    text = "import torch, yaml, numpy as np\ntorch.load(p, weights_only=True)\nyaml.load(t, OnceLoader)\n"
    text += "np.load(p)\nnetwork.eval()\nre.compile(a)\nyaml.safe_load(t)\n"
    assert list(unsafe_calls(text)) == []
