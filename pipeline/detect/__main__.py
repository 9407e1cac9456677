"""`python -m pipeline.detect`; apart from the detector, so that the stages that train do not depend on the program."""

from pipeline.errors import main
from pipeline.look.program import run

if __name__ == "__main__":
    main(run)
