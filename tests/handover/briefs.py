"""A brief for every service of the simulated world, as if each had registered one."""

from functools import cache

from estafet.options.v1 import options_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

SERVICES = ("complaint", "protection", "placement", "exchange")


@cache
def briefs() -> dict[str, type[Message]]:
    """Stands in for `catalogue.briefs`: kind → message, one kind per service."""
    return {f"{service}.test": _brief(service) for service in SERVICES}


def brief_for(service: str) -> Message:
    """An empty brief of a kind that the service takes."""
    return briefs()[f"{service}.test"]()


def _brief(service: str) -> type[Message]:
    file = descriptor_pb2.FileDescriptorProto(
        name=f"tests/{service}/briefs.proto",
        package=f"estafet.{service}.testing",
        syntax="proto3",
        dependency=["estafet/options/v1/options.proto"],
    )
    message = file.message_type.add(name="TestBrief")
    brief = message.options.Extensions[options_pb2.brief]
    brief.kind = f"{service}.test"
    brief.givers.extend(SERVICES)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    found = pool.FindMessageTypeByName(f"estafet.{service}.testing.TestBrief")
    return message_factory.GetMessageClass(found)
