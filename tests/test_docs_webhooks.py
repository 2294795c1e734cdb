"""The page on testing a webhook receiver is true: each block of it is run here, against both of its receivers."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import node_tools
import pytest
import requests
import stripe
from cli.process import Serving
from shown import ADDRESS, ROOT, blocks, clean_environment, strict

from mockbill.webhooks.scripts import Manner
from mockbill.webhooks.scripts.rule import Do

PAGE = "docs/webhooks.md"
BLOCKS = blocks(PAGE)
START, *COMMANDS = [body for language, body in BLOCKS if language == "sh"]
[LISTEN] = [body for body in COMMANDS if body.startswith("mockbill listen ")]
SHELL = [body for body in COMMANDS if body != LISTEN]
ON_FLASK, TEST = [body for language, body in BLOCKS if language == "python"]
[ON_EXPRESS] = [body for language, body in BLOCKS if language == "js"]
[FILE] = [body for language, body in BLOCKS if language == "yaml"]
RULES = re.findall(r"^\| `(\{.*?\})` \|", (ROOT / PAGE).read_text(), re.MULTILINE)
PATIENCE = 20.0  # seconds


@dataclass
class Reader:
    """Someone who did what the page says: both servers run."""

    mockbill: str
    receiver: str
    place: Path

    def said(self, block: str) -> str:
        """A block, for the ports that are free here."""
        return block.replace(ADDRESS, self.mockbill).replace("http://localhost:8000", self.receiver)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def start(command: list[str], place: Path, environ: dict[str, str], port: int, resources: ExitStack) -> None:
    """Start a receiver, wait until it takes calls, and see to its end."""
    log = resources.enter_context((place / "log").open("w"))
    process = subprocess.Popen(command, cwd=place, env=environ, stdout=log, stderr=log)
    resources.callback(process.wait, timeout=PATIENCE)
    resources.callback(process.terminate)
    given_up = threading.Event()
    watchdog = threading.Timer(PATIENCE, given_up.set)
    watchdog.start()
    resources.callback(watchdog.cancel)
    while process.poll() is None and not given_up.wait(0.02):
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError((place / "log").read_text())


@pytest.fixture(scope="module", params=["flask", "express"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    place, port = tmp_path_factory.mktemp("reader"), free_port()
    flags = shlex.split(START.replace(":8000", f":{port}"))[1:]
    with ExitStack() as resources:
        mockbill = resources.enter_context(Serving(tuple(flags))).url
        _, mockbill_port = mockbill.rsplit(":", 1)
        if request.param == "flask":
            (place / "receiver.py").write_text(ON_FLASK.replace(ADDRESS, mockbill))
            command = [sys.executable, "-m", "flask", "--app", "receiver", "run", "--port", str(port)]
            environ = clean_environment()
        else:
            code = ON_EXPRESS.replace("12111", mockbill_port).replace("listen(8000", f'listen({port}, "127.0.0.1"')
            (place / "receiver.js").write_text(code)
            command = [node_tools.node("express", "stripe"), "receiver.js"]
            environ = node_tools.environment()
        start(command, place, environ, port, resources)
        yield Reader(mockbill, f"http://127.0.0.1:{port}", place)


def test_each_block_of_shell_works_one_after_the_other(reader: Reader) -> None:
    printed = ""
    (reader.place / "weather.yaml").write_text(FILE)
    for block in SHELL:
        done = subprocess.run(
            strict(reader.said(block)),
            cwd=reader.place,
            capture_output=True,
            text=True,
            timeout=120,
            env=clean_environment(MOCKBILL_URL=reader.mockbill),
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        assert done.stdout.strip(), block
        printed += done.stdout
    assert '{"email":"lovelace@example.com"}' in printed, "the receiver knows what was triggered"
    assert "retrying [400] customer.created" in printed, "a retry waits for the clock"
    deliveries = requests.get(f"{reader.mockbill}/_mockbill/deliveries", timeout=PATIENCE).json()["data"]
    assert {delivery["state"] for delivery in deliveries} == {"delivered"}


@pytest.mark.parametrize("written", RULES)
def test_the_receiver_is_right_after_each_rule_of_the_table(reader: Reader, written: str) -> None:
    client = stripe.StripeClient("sk_test_mockbill", base_addresses={"api": reader.mockbill}, max_network_retries=0)

    def control(path: str, **body: object) -> dict[str, Any]:
        answer = requests.post(f"{reader.mockbill}/_mockbill/{path}", json=body, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    control("settings", webhooks=None, webhook_retries="0.1", webhook_retry_clock=None)
    rule = control("scripts", do=json.loads(written), times=3)["script"]["id"]
    ada = client.v1.customers.create({"email": "ada@example.com"})
    for email in ("byron@example.com", "lovelace@example.com"):
        client.v1.customers.update(ada.id, {"email": email})
    control(f"scripts/{rule}/release")
    assert control("drain", timeout=PATIENCE)["drained"]
    log = requests.get(f"{reader.mockbill}/_mockbill/deliveries", timeout=PATIENCE).json()["data"]
    touched = [delivery for delivery in log if rule in [each["id"] for each in delivery["scripts"]]]
    lost = '"drop"' in written
    assert len(touched) >= 3
    assert {delivery["state"] for delivery in touched} == {"dropped" if lost else "delivered"}
    known = requests.get(f"{reader.receiver}/customers/{ada.id}", timeout=PATIENCE).json().get("email")
    assert known == (None if lost else "lovelace@example.com")


def test_listening_shows_what_the_receiver_answers(reader: Reader) -> None:
    environ = clean_environment(MOCKBILL_URL=reader.mockbill, PYTHONUNBUFFERED="1")
    secret = subprocess.run(
        ["mockbill", "listen", "--print-secret"], capture_output=True, text=True, timeout=60, env=environ
    ).stdout.strip()
    command = shlex.split(LISTEN.replace("localhost:8000", reader.receiver.removeprefix("http://")))
    listening = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)
    watchdog = threading.Timer(PATIENCE, listening.kill)
    watchdog.start()
    try:
        assert listening.stdout is not None
        assert secret in next(line for line in listening.stdout if "Ready!" in line)
        url = f"{reader.mockbill}/_mockbill/trigger"
        assert requests.post(url, json={"type": "customer.created"}, timeout=PATIENCE).status_code == 200
        assert "[204] POST" in next(line for line in listening.stdout if "<--" in line)
    finally:
        watchdog.cancel()
        listening.send_signal(signal.SIGINT)
        listening.communicate(timeout=PATIENCE)
    assert listening.returncode == 0


def test_the_test_of_the_page_passes(tmp_path: Path) -> None:
    (tmp_path / "receiver.py").write_text(ON_FLASK)
    (tmp_path / "test_receiver.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_receiver.py"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env=clean_environment(), check=False
    )
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_the_rules_of_the_file_hold_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "weather.yaml").write_text(FILE)
    with Serving(("--scripts", str(tmp_path / "weather.yaml"))) as server:
        rules = requests.get(f"{server.url}/_mockbill/scripts", timeout=PATIENCE).json()["data"]
    assert [rule["name"] for rule in rules] == re.findall("name: (.*)", FILE)


def test_nothing_of_the_page_is_left_out() -> None:
    assert {language for language, _ in BLOCKS} == {"sh", "python", "js", "yaml"}
    known = {field.name for kind in (Do, Manner) for field in fields(kind)} - {"manner"}
    told = {name for written in RULES for name in json.loads(written)}
    assert {*told, "retries"} == known, "each thing that a rule can do has its line"
