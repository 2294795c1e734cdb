"""The shipped stories, played once, and all that they left behind, in any version."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from mockbill.app import Application, create_app
from mockbill.scenario.runner import find, run_files, shipped
from mockbill.server import LocalServer
from mockbill.settings import Settings
from mockbill.stripe_api import versions
from mockbill.world import Doc


@contextmanager
def stories() -> Iterator[Application]:
    """An application on which all stories were played."""
    application = create_app(Settings(check_answers=True))
    with LocalServer(application) as server:
        out = io.StringIO()
        assert run_files([path for name in shipped() for path in find(name)], server.url, out) == 0, out.getvalue()
        yield application


def everything(application: Application, version: str) -> Iterator[tuple[Doc, Doc]]:
    """All objects and events of all accounts, each with how a version shows it; events as webhooks would."""
    for world in application.worlds.all():
        for kind, table in list(world.tables.items()):
            if kind.startswith("_"):
                continue
            for doc in list(table.rows.values()):
                if kind == "event":
                    yield doc, versions.render_event(world, doc, version)
                else:
                    with world.work() as w:
                        yield doc, versions.render(w, doc, version, {})
