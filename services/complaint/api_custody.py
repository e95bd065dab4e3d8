"""The rpcs about who is accountable within the deputy: get, act, answer."""

from dataclasses import replace

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.chassis.rpc import rpc
from services.complaint import asked, store
from services.complaint.acting import Acting
from services.complaint.contact import staff
from services.complaint.custodians import give_to_queue
from services.complaint.domain import Complaint
from services.complaint.officers import Load, Officer, is_of, may_take
from services.complaint.steps import severity_of
from services.complaint.workflow import LAW, OFFICES
from services.handover import holding
from services.handover.custody import Custody
from services.messages.store import forget_recipient
from services.process.acts import NOWHERE, act
from services.process.notices import CEILING, note_for
from services.process.offices import Addressee
from services.process.workflow import WHOLE

# So many matters are given back to their unit in one transaction.
MOST = 100


class Custodians(Acting):
    """One officer, or the queue of one unit, is accountable for what complaint holds.

    The officer is locked before custody: whoever leaves waits for what becomes theirs just then.
    """

    load: Load = asked.SqlLoad()
    forget_recipient = staticmethod(forget_recipient)

    @rpc
    def TakeComplaint(self, request: pb.TakeComplaintRequest) -> pb.TakeComplaintResponse:
        officer = self.load.officer(self.uow.session, self.uow.caller.subject)
        complaint, custody = self._held(request)
        holder = custody.holder
        asked = may_take(officer, holder.unit, holder.officer_id)
        allowed = self._act("TakeComplaint", complaint, custody, asked=asked)
        allowed.act.officer_id = self.uow.caller.subject
        opened = self._give(complaint, custody, holder.unit, self.uow.caller.subject)
        return pb.TakeComplaintResponse(open=opened, ceiling=OFFICES.of(holder.unit).ceiling)

    @rpc
    def AssignComplaint(self, request: pb.AssignComplaintRequest) -> pb.AssignComplaintResponse:
        unit, officer_id = OFFICES.of(request.unit), request.officer_id
        officer = self.load.officer(self.uow.session, officer_id) if officer_id else None
        complaint, custody = self._held(request)
        asked = {"officer_is_of_unit": lambda: not officer_id or is_of(officer, unit.code)}
        allowed = self._act("AssignComplaint", complaint, custody, unit.code, asked)
        allowed.act.officer_id = officer_id
        opened = self._give(complaint, custody, unit.code, officer_id)
        return pb.AssignComplaintResponse(open=opened, ceiling=unit.ceiling)

    def _give(self, complaint: Complaint, custody: Custody, unit: str, officer_id: str) -> int:
        """Name who is accountable; for how many open complaints the officer is now."""
        holder = replace(custody.holder, unit=unit, officer_id=officer_id)
        opened = 0
        if officer_id:
            before = self.load.open_with(self.uow.session, unit, officer_id)
            opened = before + (holder != custody.holder)
        holding.reassign(self.uow, complaint.complaint_id, holder, "assigned")
        ceiling = OFFICES.of(unit).ceiling
        if officer_id and ceiling and opened > ceiling:
            over, head = opened * WHOLE // ceiling, Addressee(unit)
            severity = severity_of(complaint)
            note_for(self.uow, OFFICES, complaint.complaint_id, head, CEILING, over, severity)
        return opened

    @rpc
    def AppointOfficer(self, request: pb.AppointOfficerRequest) -> pb.AppointOfficerResponse:
        unit, officer_id = OFFICES.of(request.unit).code, request.officer_id
        officer = self.uow.get_all(Officer, [officer_id]).get(officer_id)
        fresh = Officer(officer_id, unit, self.uow.now)
        where = (officer or fresh).standing(self.uow.now)
        asked = {"has_none_elsewhere": lambda: self._has_none_elsewhere(officer, unit)}
        act(
            self.uow,
            LAW,
            where if officer else replace(where, state=NOWHERE),
            "AppointOfficer",
            asked,
            unit,
        )
        if officer is None:
            self.uow.add(fresh)
        else:
            officer.unit, officer.appointed_at, officer.released_at = unit, self.uow.now, None
        return pb.AppointOfficerResponse()

    def _has_none_elsewhere(self, officer: Officer | None, unit: str) -> bool:
        if officer is None or officer.unit == unit:
            return True
        return not self.load.held_by(self.uow.session, officer.officer_id, 1)

    @rpc
    def ReleaseOfficer(self, request: pb.ReleaseOfficerRequest) -> pb.ReleaseOfficerResponse:
        officer = self.uow.get(Officer, request.officer_id)
        act(self.uow, LAW, officer.standing(self.uow.now), "ReleaseOfficer")
        officer.released_at = officer.released_at or self.uow.now
        found = self.load.held_by(self.uow.session, officer.officer_id, MOST + 1)
        moved = sum(self._give_up(complaint_id) for complaint_id in found[:MOST])
        # What they were still to be told is for their unit; no digest goes to their mailbox.
        mailbox = staff(officer.unit, officer.officer_id)
        unsent = self.forget_recipient(self.uow.session, mailbox)
        self.load.readdress(self.uow.session, officer.officer_id, unsent)
        return pb.ReleaseOfficerResponse(moved=moved, left=len(found[MOST:]))

    def _give_up(self, complaint_id: str) -> bool:
        """What has ended, or is somebody else's by now, stays as it is."""
        custody = self.uow.get(Custody, complaint_id)
        return give_to_queue(self.uow, self.uow.get(Complaint, complaint_id), custody)

    @rpc
    def GetUnit(self, request: pb.GetUnitRequest) -> pb.GetUnitResponse:
        unit = OFFICES.of(request.unit)
        opened = self.load.open_of(self.uow.session, unit.code)
        shown = pb.GetUnitResponse(ceiling=unit.ceiling, queued=opened.get("", 0))
        for officer in store.officers(self.uow.session, unit.code):
            mine = opened.get(officer.officer_id, 0)
            shown.officers.add(
                officer_id=officer.officer_id,
                appointed_at=timestamp(officer.appointed_at),
                open=mine,
                over_ceiling=0 < unit.ceiling < mine,
            )
        return shown
