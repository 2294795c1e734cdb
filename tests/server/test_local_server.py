"""The server inside a process, as tests use it: on a free port, not starved by streams, stopping without a trace."""

import os
import threading
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest
from server.calls import call, connect, eventually, once, open_stream
from server.toy import Toy

from mockbill.server import LOCAL_THREADS, CannotListen, LocalServer


def test_it_listens_on_a_free_port_and_keeps_connections_open() -> None:
    with LocalServer(Toy()) as server, closing(connect(server.url)) as connection:
        assert server.url.startswith("http://127.0.0.1:")
        assert call(connection, "/v1/customers", "POST", b"name=Ada") == b"POST /v1/customers name=Ada"
        assert call(connection, "/v1/customers") == b"GET /v1/customers "


def test_two_servers_do_not_get_in_each_others_way() -> None:
    with LocalServer(Toy()) as one, LocalServer(Toy()) as other:
        assert one.url != other.url
        assert once(one.url, "/a") == b"GET /a "
        assert once(other.url, "/b") == b"GET /b "


def test_open_streams_do_not_starve_requests() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(LocalServer(Toy()))
        for _ in range(LOCAL_THREADS - 1):
            stack.enter_context(open_stream(server.url))
        assert once(server.url, "/v1/events") == b"GET /v1/events "


def test_a_stream_ends_when_its_reader_leaves() -> None:
    toy = Toy()
    with LocalServer(toy) as server:
        open_stream(server.url).close()
        assert eventually(lambda: toy.open_streams == 0)


def test_stopping_ends_streams_that_listen_for_it() -> None:
    toy = Toy()
    with ExitStack() as stack:
        with LocalServer(toy) as server:
            stream = stack.enter_context(open_stream(server.url))
        assert toy.open_streams == 0
        assert stream.recv(65_536).endswith(b"0\r\n\r\n")  # the last chunk: it ended, it was not cut off


def test_stopping_waits_for_the_request_under_way() -> None:
    answers = []
    toy = Toy()
    with LocalServer(toy) as server:
        caller = threading.Thread(target=lambda: answers.append(once(server.url, "/slow")))
        caller.start()
        assert toy.slow_begun.wait(5)
    caller.join()
    assert answers == [b"GET /slow "]


def test_stopping_does_not_wait_for_ever_for_a_stream_that_is_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbill.server.GRACE", 0.3)
    toy = Toy()
    server = LocalServer(toy).start()
    stopped = threading.Thread(target=server.stop)
    with open_stream(server.url, "/deaf"):
        stopped.start()
        stopped.join(2)
        assert not stopped.is_alive()
    assert eventually(lambda: toy.open_streams == 0)


def test_stopping_closes_the_application_once_and_frees_the_port() -> None:
    toy = Toy()
    with LocalServer(toy) as server:
        port = urlsplit(server.url).port
    assert toy.closed == 1
    assert port is not None
    with LocalServer(Toy(), port=port) as next_one:
        assert next_one.url == server.url


def test_nothing_stays_behind() -> None:
    with LocalServer(Toy()) as server:
        once(server.url, "/")  # what is imported and opened once, is by now
    threads, files = threading.active_count(), len(os.listdir("/dev/fd"))
    for _ in range(5):
        with LocalServer(Toy()) as server:
            once(server.url, "/")
    assert (threading.active_count(), len(os.listdir("/dev/fd"))) == (threads, files)


def test_a_busy_port_is_named_with_the_way_out() -> None:
    with LocalServer(Toy()) as server:
        port = urlsplit(server.url).port
        with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{port}: the port is in use.*--port"):
            LocalServer(Toy(), port=port or 0).start()


@pytest.mark.parametrize(
    ("host", "reason"), [("nowhere.invalid", "no such address"), ("192.0.2.1", "not one of this machine's")]
)
def test_an_address_of_no_use_is_said_to_be_one(host: str, reason: str) -> None:
    with pytest.raises(CannotListen, match=reason):
        LocalServer(Toy(), host=host).start()


@pytest.mark.parametrize(("host", "address"), [("localhost", "127.0.0.1"), ("0.0.0.0", "0.0.0.0")])
def test_the_application_is_told_where_it_is_found(host: str, address: str) -> None:
    toy = Toy()
    with LocalServer(toy, host=host) as server:
        assert toy.address == (server.url, address)


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0"])
def test_the_url_is_written_as_stripes_own_command_line_wants_it(host: str) -> None:
    with LocalServer(Toy(), host=host) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert once(server.url, "/") == b"GET / "
