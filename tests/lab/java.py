# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Java and what comes from Maven Central, cached by the content of the pom so that a changed pom is another set."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from lab import commands, files, places
from lab.errors import LabError
from lab.packages import Requirement
from lab.say import say

OLDEST_JAVA = 17
POMS = Path(__file__).with_name("poms")
OLD_LOG_SETTINGS = (
    "log4j.rootLogger=INFO, stdout\n"
    "log4j.appender.stdout=org.apache.log4j.ConsoleAppender\n"
    "log4j.appender.stdout.layout=org.apache.log4j.PatternLayout\n"
    "log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n\n"
)


@cache
def java(oldest: int = OLDEST_JAVA) -> str | None:
    """Path of a Java that is new enough."""
    candidates = [f"{os.environ['JAVA_HOME']}/bin/java"] if os.environ.get("JAVA_HOME") else []
    candidates += [found for found in (shutil.which("java"),) if found]
    candidates += [str(path) for path in sorted(Path("/usr/lib/jvm").glob("*/bin/java"))]
    return next((path for path in candidates if _version(path) >= oldest), None)


def _has_java() -> bool:
    java.cache_clear()  # it may just have been installed
    return java() is not None


JAVA = Requirement("openjdk-17-jre-headless", _has_java)


def maven_for(pom: str) -> Requirement:
    """Maven is needed only as long as the jars are not in the cache."""
    return Requirement("maven", lambda: shutil.which("mvn") is not None or (_libraries(pom) / ".complete").exists())


def libraries(pom: str) -> Path:
    """A directory with all jars of poms/{pom}.xml; downloaded once."""
    target = _libraries(pom)
    if (target / ".complete").exists():
        return target
    say(f"Downloading {pom} from Maven Central into {target} (once) ...")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{pom}-", dir=target.parent))
    try:
        commands.run(
            f"download the jars of {pom}",
            ["mvn", "-B", "-ntp", "-f", POMS / f"{pom}.xml", f"-DoutputDirectory={draft}", "dependency:copy-dependencies"],
            places.logs() / f"maven-{pom}.log",
        )
        (draft / ".complete").touch()
        shutil.rmtree(target, ignore_errors=True)
        draft.chmod(0o755)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def command(classpath: Path, main: str, heap: str, *arguments: str | Path, options: tuple[str, ...] = ()) -> list[str | Path]:
    """A small JVM: the lab runs several on two cores."""
    found = java()
    if found is None:
        raise LabError(f"Java {OLDEST_JAVA} or newer was not found.")
    small = [f"-Xmx{heap}", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
    return [found, *small, "-Djava.awt.headless=true", *options, "-cp", f"{classpath}/*", main, *arguments]


def log_configuration(directory: Path) -> str:
    """log4j2 to stdout, where the supervisor rotates it. Returns the JVM option."""
    path = files.write(
        directory / "log4j2.properties",
        "status=error\n"
        "appender.console.type=Console\n"
        "appender.console.name=console\n"
        "appender.console.layout.type=PatternLayout\n"
        "appender.console.layout.pattern=[%d] %p %m (%c)%n\n"
        "rootLogger.level=INFO\n"
        "rootLogger.appenderRef.console.ref=console\n",
    )
    return f"-Dlog4j2.configurationFile={path}"


def old_log_configuration(directory: Path) -> str:
    """The same for what still logs through log4j 1 (Kafka before 4.0)."""
    return f"-Dlog4j.configuration=file:{files.write(directory / 'log4j.properties', OLD_LOG_SETTINGS)}"


def _libraries(pom: str) -> Path:
    digest = hashlib.sha256((POMS / f"{pom}.xml").read_bytes()).hexdigest()[:12]
    return places.cache() / f"{pom}-{digest}"


def _version(path: str) -> int:
    try:
        said = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    except OSError:
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else 0
