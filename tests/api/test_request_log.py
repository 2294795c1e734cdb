"""The log of API calls: so many of each account, while many call and others look and reset."""

import threading
from collections.abc import Callable

from api.wire import Wire
from control.api import Control

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings
from mockbill.stripe_api.log import LoggedRequest, RequestLog


def entry(account: str, number: int = 0) -> LoggedRequest:
    return LoggedRequest(f"req_{number}", account, "GET", "/v1/events", "", "", 200, 0, 0.1, "", None, None)


def test_each_account_keeps_its_newest_calls_however_busy_the_others_are() -> None:
    with LocalServer(create_app(Settings.load({"request_log": 2}, environ={}))) as server:
        ada, bob = Wire(server.url, "ada"), Wire(server.url, "bob")
        ada.get("/v1/customers")
        for path in ("/v1/prices", "/v1/products", "/v1/events"):
            bob.get(path)
        refused = bob.get("/v1/events", Authorization="Bearer nonsense").headers["Request-Id"]

        def paths(account: str) -> list[str]:
            return [call["path"] for call in Control(server.url, account).get("requests")["data"]]

        assert paths("ada") == ["/v1/customers"]
        assert paths("bob") == ["/v1/products", "/v1/events"]
        everything = Control(server.url, "").ask("GET", "requests").body["data"]
        assert [call["account"] for call in everything] == ["ada", "bob", "bob", ""]
        assert everything[-1]["id"] == refused


def test_calls_of_all_accounts_are_listed_in_the_order_in_which_they_ended() -> None:
    log = RequestLog(10)
    for number, account in enumerate(["ada", "bob", "ada", "", "bob"]):
        log.add(entry(account, number))
    assert [call.id for call in log.newest()] == ["req_4", "req_3", "req_2", "req_1", "req_0"]
    assert [call.id for call in log.newest("ada")] == ["req_2", "req_0"]
    assert log.newest("eve") == []


def test_a_log_of_none_keeps_none() -> None:
    log = RequestLog(0)
    log.add(entry("ada"))
    assert log.newest() == []


def test_looking_and_clearing_do_not_trip_over_calls_that_end_meanwhile() -> None:
    log = RequestLog(500)
    over = threading.Event()
    failures: list[BaseException] = []

    def work(act: Callable[[], object]) -> None:
        try:
            while not over.is_set():
                act()
        except BaseException as failure:
            failures.append(failure)
            over.set()

    acts: list[Callable[[], object]] = [
        lambda: log.add(entry("ada")),
        lambda: log.add(entry("bob")),
        lambda: log.clear("ada"),
        log.newest,
    ]
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    over.wait(0.5)
    over.set()
    for thread in threads:
        thread.join()
    assert failures == []
