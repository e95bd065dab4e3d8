"""One well-behaved service: what every deputy stands on, and nothing about any of them."""

import warnings

# nameko imports eventlet, which warns; why that is harmless here: docs/decisions/0001.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
