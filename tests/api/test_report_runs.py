"""Reports through the official SDK: asked for, ready a second later, read as a file."""

from typing import Any

import pytest
import requests
import stripe
from control.api import Control

from mockbill.server import LocalServer

START, END = 1_800_000_000, 1_900_000_000
INTERVAL: Any = {"interval_start": START, "interval_end": END}


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    control = Control(server.url, account)
    control.post("clock", now=START + 1000)
    return control


def run(client: stripe.StripeClient, **more: Any) -> stripe.reporting.ReportRun:
    asked: Any = {"report_type": "balance.summary.1", "parameters": {**INTERVAL, **more}}
    return client.v1.reporting.report_runs.create(asked)


def test_a_run_is_pending_and_then_has_its_result(client: stripe.StripeClient, control: Control, account: str) -> None:
    client.v1.charges.create({"amount": 10_000, "currency": "usd", "source": "tok_bypassPending"})
    client.v1.payouts.create({"amount": 5000, "currency": "usd"})
    asked = run(client)
    assert (asked.status, asked.result, asked.succeeded_at) == ("pending", None, None)
    control.post("clock/advance", by="1 second")
    done = client.v1.reporting.report_runs.retrieve(asked.id)
    assert (done.status, done.succeeded_at) == ("succeeded", asked.created + 1)
    assert done.result is not None
    assert (done.result.purpose, done.result.type) == ("finance_report_run", "csv")
    content = requests.get(str(done.result.url), auth=(f"sk_test_{account}", ""), timeout=10).text
    assert content.splitlines() == [  # 10,000 less 2.9 % and 30 cents
        '"category","description","net_amount","currency"',
        '"starting_balance","Starting balance (2027-01-15)","0.00","usd"',
        '"activity","Activity","96.80","usd"',
        '"payouts","Total payouts","-50.00","usd"',
        '"ending_balance","Ending balance (2030-03-17)","46.80","usd"',
    ]
    told = [event.type for event in client.v1.events.list({"limit": 2}).data]
    assert told[::-1] == ["file.created", "reporting.report_run.succeeded"]


@pytest.mark.parametrize(
    ("more", "status", "param"),
    [
        ({"interval_start": END}, 400, "parameters[interval_start]"),
        ({"columns": ["net"]}, 400, "parameters[columns]"),
        ({"currency": "zzz"}, 400, "parameters[currency]"),
        ({"timezone": "Europe/Vienna"}, 501, "parameters[timezone]"),
        ({"connected_account": "acct_1"}, 501, "connected_account"),
    ],
)
def test_what_cannot_be_reported_is_refused(client: stripe.StripeClient, more: Any, status: int, param: str) -> None:
    with pytest.raises(stripe.StripeError) as refused:
        run(client, **more)
    assert refused.value.http_status == status
    assert refused.value.json_body["error"]["param"] == param


def test_an_interval_has_two_ends(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.reporting.report_runs.create(
            {"report_type": "balance.summary.1", "parameters": {"interval_start": START}}
        )
    assert refused.value.param == "parameters[interval_end]"


def test_other_reports_are_not_made_up(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.StripeError) as refused:
        client.v1.reporting.report_runs.create({"report_type": "payouts.summary.1", "parameters": INTERVAL})
    assert refused.value.http_status == 501
