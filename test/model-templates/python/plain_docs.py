"""What SciPy says of a function, with what it writes there by itself and without. Prints JSON. Run in an environment with SciPy.

Usage: plain_docs.py TEMPLATE written|plain
"""

import json
import sys

sys.path.insert(0, sys.argv[1])
from sluice_serving import plain_docs  # noqa: E402

if sys.argv[2] == "plain":
    plain_docs.install()
import scipy._lib._array_api as array_api  # noqa: E402
import scipy.fft  # noqa: E402

text = scipy.fft.fft.__doc__
print(
    json.dumps(
        {
            "has_table": "Array API Standard Support" in text,
            "begins": text.strip().split("\n")[0],
            "has_examples": "Examples" in text,
            "answer": abs(scipy.fft.fft([1.0, 2.0, 3.0])).round(6).tolist(),
            "loader": type(array_api.__loader__).__name__,
            "is_of_its_spec": array_api.__spec__.loader is array_api.__loader__,
        }
    )
)
