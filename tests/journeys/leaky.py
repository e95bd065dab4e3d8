"""A build of complaint that leaks on purpose, in four places, run as a process of its own:
`python -m tests.journeys.leaky complaint`. The search that finds nothing must find each."""

from __future__ import annotations

import logging
import sys
from functools import wraps
from typing import Any

from estafet.complaint.v1 import service_pb2 as pb
from opentelemetry import trace

from services.chassis.__main__ import main
from services.chassis.errors import NotAllowed

log = logging.getLogger(__name__)


def leak() -> None:
    """Have complaint's api tell what it should keep."""
    from services.complaint.api import ComplaintApi

    filing = ComplaintApi.FileComplaint

    @wraps(filing)  # which carries nameko's registration over, too
    def file(self: Any, request: pb.FileComplaintRequest) -> pb.FileComplaintResponse:
        log.info("filed", extra={"who": request.complainant_name})
        trace.get_current_span().set_attribute("worker", request.worker_name)
        if request.contact:
            raise NotAllowed(f"{request.contact} cannot be reached")
        # The narrative goes out with the event, in a field that is meant for a country.
        request.country = request.narrative
        answer: pb.FileComplaintResponse = filing(self, request)
        return answer

    ComplaintApi.FileComplaint = file  # type: ignore[method-assign] # the point of it


if __name__ == "__main__":
    leak()
    main(sys.argv[1:])
