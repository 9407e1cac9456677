"""What takes minutes is collected only with SLOW=1: `make nightly`."""

import os

collect_ignore_glob = [] if os.environ.get("SLOW") else ["*.py"]
