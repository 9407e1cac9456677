"""How fast the camera is, beside others that do something like it: `make bench`, `python -m bench.gpu`."""
