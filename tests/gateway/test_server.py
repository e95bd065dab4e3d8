"""The socket that the door listens on."""

import socket

from services.gateway.server import listen


def test_no_part_of_an_answer_waits_for_an_acknowledgement() -> None:
    with (
        listen("127.0.0.1:0") as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as taken,
    ):
        assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
