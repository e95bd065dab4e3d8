"""`python -m tests.contract.release` keeps today's protos as those of the last release.

Done once for a release, after its golden samples: from then on `make check` and the contract tests
refuse what takes something away from it.
"""

from infra.local import buf

if __name__ == "__main__":
    buf.release()
