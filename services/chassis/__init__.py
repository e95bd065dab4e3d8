"""One well-behaved service: what every deputy stands on, and nothing about any of them."""

import os
import warnings

# nameko imports eventlet, which warns; why that is harmless here: docs/decisions/0001.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
# Or eventlet loads a resolver of its own, 260 modules and 7 MB, for sockets that nobody uses.
os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
