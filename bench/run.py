"""``make bench``: mockbill beside a trivial WSGI callable and localstripe; prints one Markdown table.

Medians of single calls on one connection, the servers taking turns. localstripe is installed into bench/.venv.
``--quick`` measures next to nothing, to see that it runs.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import deliveries
import renewals
import subjects
from measures import ADA, Bench, create, list_ten, retrieve, subscribe
from subjects import Subject

OURS, TRIVIAL, PEER = "mockbill", "trivial WSGI", "localstripe"
MEASURES: dict[str, Callable[[Bench], float]] = {
    "create a customer": create,
    "retrieve a customer": retrieve,
    "list 10 customers": list_ten,
    "subscribe (5 calls)": subscribe,
}

# What we want to reach.
TIMES_TRIVIAL = 2.5  # create and retrieve, against the trivial callable
TIMES_SMALLEST = 1.2  # at most customers, against fewest
FIRST_ANSWER = 0.4  # seconds
MEGABYTES = 100  # with most customers
TAIL = 0.010  # seconds; p99 with 100,000 documents
RENEWALS = 4_000  # a second
RENEWAL_KILOBYTES = 35
DELIVERIES = 1_000  # a second, to a receiver that answers at once


@dataclass(frozen=True)
class Effort:
    """How much is measured: enough for steady medians, little enough for minutes."""

    sizes: tuple[int, ...] = (10, 1_000, 10_000)  # customers
    rounds: int = 6
    calls: int = 60  # of each measure in a round
    round_seconds: float = 1.5  # after which a round ends, however few its calls
    starts: int = 7
    documents: int = 100_000
    tail_calls: int = 5_000
    seeding_seconds: float = 90  # a server that has not made N customers by then is measured with those it has
    renewals: tuple[int, int, int] = (1_000, 10_000, 50_000)  # subscriptions
    advances: int = 3  # of each number, of which the fastest counts
    deliveries: int = 5_000


QUICK = Effort(
    (10, 100), rounds=2, calls=10, starts=2, documents=2_000, tail_calls=300, seeding_seconds=5,
    renewals=(50, 100, 200), advances=1, deliveries=200,
)  # fmt: skip

Row = tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke test of a few seconds")
    effort = QUICK if parser.parse_args().quick else Effort()
    with tempfile.TemporaryDirectory() as folder, subjects.localstripe_data_set_aside():
        ours, trivial, peer = subjects.mockbill(), trivial_like_ours(Path(folder)), subjects.localstripe()
        servers = [ours, trivial, *([peer] if peer else [])]
        rows = [
            *first_answers(servers, effort),
            *calls(servers, effort),
            *tails(ours, effort),
            *renewing(effort),
            *delivering(effort),
        ]
    print("| | mockbill | trivial WSGI | localstripe | localstripe / mockbill | target: measured | met |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def trivial_like_ours(folder: Path) -> Subject:
    """The trivial callable, answering the very bytes of one of our customers."""
    with subjects.mockbill().running() as server:
        customer = server.client.ask(server.client.request("POST", "/v1/customers", ADA))
    (folder / "customer.json").write_bytes(customer)
    return subjects.trivial(folder / "customer.json")


def first_answers(servers: list[Subject], effort: Effort) -> list[Row]:
    taken: dict[str, list[float]] = defaultdict(list)
    for turn in range(effort.starts):
        tell(f"start to first answer, {turn + 1} of {effort.starts}")
        for subject in servers:
            with subject.running() as server:
                taken[subject.name].append(server.seconds_to_first_answer)
    median = {name: statistics.median(seconds) for name, seconds in taken.items()}
    return [row("start to first answer", median, seconds, at_most(median[OURS], FIRST_ANSWER, seconds))]


def calls(servers: list[Subject], effort: Effort) -> list[Row]:
    """Rows of every measure at every size, and of memory at the last."""
    with ExitStack() as stack:
        # A server for every size: all of them take turns, so that a busy minute of the machine falls on each alike.
        benches = {
            size: [Bench(stack.enter_context(subject.running())) for subject in servers] for size in effort.sizes
        }
        for size, row_of_benches in benches.items():
            for bench in row_of_benches:
                tell(f"{bench.name}: making {size:,} customers")
                bench.seed(size, effort.seeding_seconds)
        memory = {bench.name: bench.server.megabytes() for bench in benches[effort.sizes[-1]]}
        reached = {size: len(row_of_benches[-1].customers) for size, row_of_benches in benches.items()}
        found = {what: alternate(measure, benches, effort) for what, measure in MEASURES.items()}
    return [*call_rows(found, reached, effort), memory_row(memory, reached, effort)]


def alternate(
    measure: Callable[[Bench], float], benches: dict[int, list[Bench]], effort: Effort
) -> dict[int, dict[str, float]]:
    """The median seconds of each server at each size."""
    taken: dict[tuple[int, str], list[float]] = defaultdict(list)
    for turn in range(effort.rounds):
        tell(f"{measure.__name__}, round {turn + 1} of {effort.rounds}")
        for size, row_of_benches in benches.items():
            for bench in row_of_benches:
                if bench.can(measure):
                    taken[size, bench.name] += one_round(measure, bench, effort)
    medians: dict[int, dict[str, float]] = defaultdict(dict)
    for (size, name), samples in taken.items():
        medians[size][name] = statistics.median(samples)
    return medians


def one_round(measure: Callable[[Bench], float], bench: Bench, effort: Effort) -> list[float]:
    bench.server.connect()  # it has been idle, and servers hang up on idle connections
    measure(bench)  # the first call after a pause finds its memory cold
    samples: list[float] = []
    deadline = time.monotonic() + effort.round_seconds
    while len(samples) < effort.calls and time.monotonic() < deadline:
        samples.append(measure(bench))
    samples = samples or [measure(bench)]
    bench.put_back()
    return samples


def tails(ours: Subject, effort: Effort) -> list[Row]:
    """p99 of create and retrieve where there are many documents."""
    with ours.running() as server:
        bench = Bench(server)
        tell(f"mockbill: making {effort.documents:,} customers")
        bench.seed(effort.documents, seconds=150)
        creates = [bench.timed("POST", "/v1/customers", ADA)[0] for _ in range(effort.tail_calls)]
        retrieves = [retrieve(bench) for _ in range(effort.tail_calls)]
    made = len(bench.customers)
    return [
        row(f"p99 of {what}, {made:,} documents", {OURS: p99}, milliseconds, at_most(p99, TAIL, milliseconds))
        for what, p99 in (("create", percentile_99(creates)), ("retrieve", percentile_99(retrieves)))
    ]


def percentile_99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


def renewing(effort: Effort) -> list[Row]:
    """Subscriptions advanced by a month: how many a second, whether more of them cost more each, and their memory."""
    fastest = {size: fastest_advance(size, effort) for size in effort.renewals}
    smallest, middle, largest = effort.renewals
    each = {size: 1 / rate for size, rate in fastest.items()}
    verdicts = {
        middle: (at_least(fastest[middle], RENEWALS, per_second),),
        largest: (times(each[largest], each[smallest], TIMES_SMALLEST, f"N = {smallest:,}"),),
    }
    rows = [
        row(f"renewals, N = {size:,}", {OURS: rate}, per_second, *verdicts.get(size, ()))
        for size, rate in fastest.items()
    ]
    tell(f"{middle:,} renewals over HTTP")
    over_http = renewals.over_http(middle).per_second
    rows.append(row(f"renewals over HTTP, N = {middle:,}", {OURS: over_http}, per_second))
    tell(f"memory of {middle:,} renewals")
    memory = renewals.measured(middle, all_events=True).kilobytes_each
    limit = at_most(memory, RENEWAL_KILOBYTES, kilobytes)
    return [*rows, row(f"memory of a renewal, N = {middle:,}, every event kept", {OURS: memory}, kilobytes, limit)]


def fastest_advance(size: int, effort: Effort) -> float:
    """Renewals a second, of the advance that the machine disturbed least."""
    rates = []
    for turn in range(effort.advances):
        tell(f"{size:,} renewals, {turn + 1} of {effort.advances}")
        rates.append(renewals.measured(size).per_second)
    return max(rates)


def delivering(effort: Effort) -> list[Row]:
    """Deliveries to one receiver in a process of its own, by themselves and while customers are created."""
    count = effort.deliveries
    runs = []
    for turn in range(effort.advances):
        tell(f"{count:,} deliveries, {turn + 1} of {effort.advances}")
        runs.append(deliveries.measured(count))
    best = max(runs, key=lambda run: run.per_second)
    tell(f"{count:,} deliveries while customers are created")
    created, delivered = deliveries.creating(count)
    return [
        row("deliveries", {OURS: best.per_second}, per_second, at_least(best.per_second, DELIVERIES, per_second)),
        row("processor time of a delivery, its event included", {OURS: best.own_seconds / count}, milliseconds),
        row("customers created, each delivered", {OURS: created}, per_second),
        row("deliveries meanwhile", {OURS: delivered}, per_second, at_least(delivered, DELIVERIES, per_second)),
    ]


# The table.

Verdict = tuple[str, str]  # what was wanted and measured; whether it was met


def call_rows(found: dict[str, dict[int, dict[str, float]]], reached: dict[int, int], effort: Effort) -> list[Row]:
    smallest, largest = effort.sizes[0], effort.sizes[-1]
    rows = []
    for what, medians in found.items():
        for size, median in medians.items():
            verdicts = []
            if TRIVIAL in median:
                verdicts.append(times(median[OURS], median[TRIVIAL], TIMES_TRIVIAL, "trivial"))
            if size == largest:
                verdicts.append(times(median[OURS], medians[smallest][OURS], TIMES_SMALLEST, f"N = {smallest}"))
            label = f"{what}, N = {size:,}"
            rows.append(row(label, median, milliseconds, *verdicts, peer_size=reached[size], size=size))
    return rows


def memory_row(memory: dict[str, float], reached: dict[int, int], effort: Effort) -> Row:
    largest = effort.sizes[-1]
    verdict = at_most(memory[OURS], MEGABYTES, megabytes)
    return row(f"memory, N = {largest:,}", memory, megabytes, verdict, peer_size=reached[largest], size=largest)


def row(
    what: str,
    values: dict[str, float],
    unit: Callable[[float], str],
    *verdicts: Verdict,
    peer_size: int = 0,
    size: int = 0,
) -> Row:
    """One line of the table. Where localstripe could not be brought to ``size`` customers it says how many it had."""
    shown = {name: unit(value) for name, value in values.items()}
    ratio = f"{values[PEER] / values[OURS]:.1f} ×" if PEER in values else ""
    if PEER in values and peer_size < size:
        shown[PEER] += f" (N = {peer_size:,})"
        ratio += " at its N"
    wanted, met = ("; ".join(parts) for parts in zip(*verdicts, strict=True)) if verdicts else ("", "")
    return (what, shown[OURS], shown.get(TRIVIAL, ""), shown.get(PEER, ""), ratio, wanted, met)


def times(value: float, base: float, limit: float, of: str) -> Verdict:
    ratio = value / base
    return f"≤ {limit} × {of}: {ratio:.2f} ×", yes_or_no(ratio <= limit)


def at_most(value: float, limit: float, unit: Callable[[float], str]) -> Verdict:
    return f"≤ {unit(limit)}: {unit(value)}", yes_or_no(value <= limit)


def at_least(value: float, limit: float, unit: Callable[[float], str]) -> Verdict:
    return f"≥ {unit(limit)}: {unit(value)}", yes_or_no(value >= limit)


def yes_or_no(met: bool) -> str:
    return "yes" if met else "**no**"


def milliseconds(value: float) -> str:
    return f"{value * 1e3:.3g} ms"


def seconds(value: float) -> str:
    return f"{value:.2f} s"


def megabytes(value: float) -> str:
    return f"{value:.0f} MB"


def kilobytes(value: float) -> str:
    return f"{value:.1f} KB"


def per_second(value: float) -> str:
    return f"{value:,.0f} a second"


def tell(what: str) -> None:
    print(what, file=sys.stderr)


if __name__ == "__main__":
    main()
