"""The array type of this package."""

from typing import Any

from numpy.typing import NDArray

# Numbers, flags or places: the docstrings say which, and in what shape.
Array = NDArray[Any]
