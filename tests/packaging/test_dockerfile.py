"""The Dockerfile and what is sent to the builder, checked against the project: there is no engine to build it with."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import health
from bot.settings import Settings, variable
from bot.status import Status
from enrichment.adapters.model_folder import read_card
from tests.packaging.dockerfile import Stage, context, parse

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STAGES = parse(TEXT)
FINAL = STAGES[-1]
IGNORE = (ROOT / ".dockerignore").read_text(encoding="utf-8")
CONTEXT = sorted(context(ROOT, IGNORE))
EXPORTER = "enrichment.adapters.minilm_export"


def copied(stage: Stage, into: Path) -> None:
    """Carry out the stage's COPYs from the build context; into stands for its WORKDIR."""
    for one in stage.all("COPY"):
        if "from" in one.flags:
            continue
        *sources, target = one.words
        assert target.endswith("/"), f"COPY to {target}: a folder's name ends in /"
        for source in sources:
            name = source.rstrip("/")
            files = [path for path in CONTEXT if path == name or path.startswith(f"{name}/")]
            assert files, f"COPY {source}: no such file reaches the builder"
            for file in files:
                place = into / target / (os.path.relpath(file, name) if file != name else Path(file).name)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / file, place)


def test_no_secret_and_no_data_reaches_the_builder() -> None:
    """Of the whole checkout only code, its tables and what installs it are sent; a .env anywhere is not."""
    assert {path.split("/")[0] for path in CONTEXT} == {
        *(".ci", "bot", "channels", "enrichment", "LICENSE", "NOTICE", "README.md"),
        *("pyproject.toml", "requirements.lock", "requirements-export.lock"),
    }
    assert not [path for path in CONTEXT if "__pycache__" in path or path.endswith(".pyc")]


def test_ignore_rules_are_read_as_the_builder_reads_them(tmp_path: Path) -> None:
    """The last rule that matches a file or one of its folders decides."""
    for name in ("bot/a.py", "bot/__pycache__/a.pyc", "data/leadbot.db", ".env", "bot/deep/b.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(context(tmp_path, "*\n!bot/\n!data/\n**/__pycache__\n**/*.pyc\ndata/*.db")) == ["bot/a.py"]


def test_everything_stands_on_one_pinned_base() -> None:
    """A virtual environment runs only on the Python that made it, and the lock was written for that one."""
    assert len({stage.base for stage in STAGES}) == 1
    assert re.fullmatch(r"python:3\.11-slim-\w+", FINAL.base)


def test_no_stage_leaves_torch_or_a_compiler_in_the_image() -> None:
    """The final stage installs nothing; it takes the model and the installed packages from the others."""
    taken = {one.flags["from"]: one.words for one in FINAL.all("COPY") if "from" in one.flags}
    assert taken == {
        "installed": ["/opt/leadbot", "/opt/leadbot"],
        "model": ["/build/model", FINAL.environment["LEADBOT_MODEL_DIR"]],
    }
    assert not [one.rest for one in FINAL.all("RUN") if re.search(r"\bpip\b|apt|export", one.rest)]
    locks = re.findall(r"-r (\S+)", " ".join(one.rest for one in STAGES[1].all("RUN")))
    assert locks == ["requirements.lock"]


def test_the_model_stage_holds_all_that_the_export_imports(tmp_path: Path) -> None:
    """Each module of ours that the exporter imports, directly or not, is copied; and nothing else of the code."""
    copied(STAGES[0], tmp_path)
    wanted, seen = [EXPORTER], set[Path]()
    while wanted:
        path = _file_of(wanted.pop(), tmp_path)
        if path is None or path in seen:
            continue
        seen.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                wanted += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                wanted += [alias.name for alias in node.names]
    packages = {tmp_path / "enrichment/__init__.py", tmp_path / "enrichment/adapters/__init__.py"}
    assert seen | packages == set((tmp_path / "enrichment").rglob("*.py"))
    assert (tmp_path / "enrichment/adapters/export_texts.json").is_file()


def _file_of(module: str, folder: Path) -> Path | None:
    """The file of a module of ours in the stage; None for a library's module or a name inside a module."""
    place = module.replace(".", "/")
    ours = [f"{place}.py", f"{place}/__init__.py"]
    here = [folder / name for name in ours if (folder / name).is_file()]
    assert here or not any((ROOT / name).is_file() for name in ours), (
        f"the export imports {module}, which is not copied"
    )
    return here[0] if here else None


def test_the_model_stage_runs_its_command(tmp_path: Path, model_folder: Path) -> None:
    """From the copied files alone: the script finds a Python and sees that the wanted model is there and whole."""
    copied(STAGES[0], tmp_path)
    (tmp_path / "model").symlink_to(model_folder)
    (run,) = STAGES[0].all("RUN")
    result = subprocess.run(
        ["sh", "-c", run.rest],
        cwd=tmp_path,
        env=os.environ | {"EMBEDDING_MODEL": read_card(model_folder).name},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert STAGES[0].all("ARG")[0].pairs == {"EMBEDDING_MODEL": Settings.model_fields["embedding_model"].default}


def test_the_model_stage_holds_the_files_of_its_scripts(tmp_path: Path) -> None:
    """Each file that the copied scripts name is copied too, and the extra that they install exists."""
    copied(STAGES[0], tmp_path)
    scripts = " ".join((tmp_path / ".ci" / name).read_text() for name in ("model.sh", "torch.sh", "steps.sh"))
    named = set(re.findall(r"\.ci/[\w.]+|requirements-\w+\.lock", scripts))
    assert {".ci/steps.sh", ".ci/torch.sh", ".ci/wanted.py", "requirements-export.lock"} <= named
    assert not [name for name in named if not (tmp_path / name).is_file()]
    asked = [sys.executable, ".ci/wanted.py", "embedding-export"]
    found = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30).stdout
    assert "torch==" in found


def test_each_variable_is_a_setting() -> None:
    """A LEADBOT_ variable that nobody reads would be a promise that is not kept."""
    known = {variable(name, field) for name, field in Settings.model_fields.items()}
    ours = {name for name in FINAL.environment if name.startswith("LEADBOT_")}
    assert ours <= known
    assert {"LEADBOT_DATA_DIR", "LEADBOT_MODEL_DIR"} <= ours


def test_the_ports_that_are_listened_on_are_exposed() -> None:
    """And each listens on all addresses of the container, for a published port comes in from outside."""
    environment = FINAL.environment
    ports = {value for name, value in environment.items() if name.endswith("_PORT")}
    assert ports == set(FINAL.last("EXPOSE").words) == {"2525", "8000", "8025"}
    hosts = {value for name, value in environment.items() if name.endswith("_HOST")}
    assert hosts == {"0.0.0.0"}


def test_it_runs_as_a_fixed_ordinary_user_who_owns_the_data() -> None:
    """By number, which a mounted folder's owner can be set to."""
    (setup,) = FINAL.all("RUN")
    assert FINAL.last("USER").words == ["10001:10001"]
    for needed in ("--uid 10001 --gid 10001", "-o 10001 -g 10001 -m 0700 /data"):
        assert needed in setup.rest
    assert FINAL.last("VOLUME").words == [FINAL.environment["LEADBOT_DATA_DIR"]] == ["/data"]
    order = [one.name for one in FINAL.instructions]
    assert order.index("USER") > max(number for number, name in enumerate(order) if name in {"RUN", "COPY"})


def test_the_command_and_the_signal_are_the_bots() -> None:
    """`docker run leadbot` runs the bot, `docker run leadbot doctor` another command; a stop is heard."""
    assert FINAL.last("ENTRYPOINT").words == ["leadbot"]
    assert FINAL.last("CMD").words == ["run"]
    assert FINAL.last("STOPSIGNAL").rest == "SIGTERM"


def test_the_health_check_asks_what_the_bot_answers() -> None:
    """The path is one of the bot's; that the command works is tested on a running one."""
    check = FINAL.last("HEALTHCHECK")
    (path,) = re.findall(r"'(/\w+)'", check.words[-1])
    assert path in {getattr(route, "path", "") for route in _routes()}
    assert check.words[:2] == ["python", "-c"]
    assert set(check.flags) == {"interval", "timeout", "start-period", "retries"}


def _routes() -> list[object]:
    async def checks() -> list[health.Check]:
        return []

    def status() -> Status:
        raise AssertionError  # only the routes are looked at

    return list(health.create_app(checks, status).routes)


@pytest.mark.parametrize("word", ["licenses", "source", "title", "description"])
def test_the_image_says_what_it_is(word: str) -> None:
    """The labels that registries show."""
    assert f"org.opencontainers.image.{word}" in FINAL.last("LABEL").pairs


def test_the_licences_go_with_the_image() -> None:
    """The model's notice must be beside the model."""
    assert [one.words for one in FINAL.all("COPY") if "from" not in one.flags] == [["LICENSE", "NOTICE", "./"]]
    assert "Apache" in (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert "MIT" in FINAL.last("LABEL").pairs["org.opencontainers.image.licenses"]
