# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a connector that is about to run would write its keys with other schemas than before. Pure: no request is made here.

A serialized key begins with the id of its schema. A schema with another name is another schema with another id, so the same
key gets other bytes, and other bytes go to another partition. Compatibility levels do not help: of a record's name they
compare only the last part, and that is ``Key`` in every case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .key_names import MODE_KEY, MODES, PREFIX_KEY, KeySettings, adjusted, differing, full_name, renamed
from .schemas import Schema

_END = ".Key"


@dataclass(frozen=True)
class KeySubject:
    """A subject of keys: its versions with id and schema, oldest first."""

    name: str
    versions: tuple[tuple[int, Schema], ...]


@dataclass(frozen=True)
class Connector:
    """A connector as it was and as it is about to be.

    :param rehearsal_prefix: the ``topic.prefix`` of a rehearsal that has run with the new settings and the same registry; empty: none has.
    """

    name: str
    before: KeySettings
    after: KeySettings
    rehearsal_prefix: str = ""


@dataclass(frozen=True)
class Finding:
    """What is to be expected of one subject. ``state`` is ``verified``, ``failed`` or ``not_checked``."""

    connector: str
    subject: str
    state: str
    reason: str = ""
    how: str = "derived"
    id: int | None = None
    before: Schema | None = None
    after: Schema | None = None
    new_id: int | None = None
    keep: Mapping[str, str] = field(default_factory=dict)

    def as_result(self) -> dict[str, object]:
        return {
            "connector": self.connector, "subject": self.subject, "state": self.state, "reason": self.reason, "how": self.how,
            "id": self.id, "new_id": self.new_id,
            "before": self.before.shown() if self.before else None, "after": self.after.shown() if self.after else None, "keep": dict(self.keep),
        }  # fmt: skip


def problems(connectors: Sequence[Connector]) -> list[str]:
    """What is wrong with the request whatever the registry holds."""
    found = [f"connector {each.name}: {side} has neither topic.prefix nor database.server.name"
             for each in connectors for side, settings in (("before", each.before), ("after", each.after)) if not settings.prefix]
    found += [f"connector {each.name}: {side} has {MODE_KEY}={settings.mode}, which is none of {', '.join(MODES)}"
              for each in connectors for side, settings in (("before", each.before), ("after", each.after)) if settings.mode not in MODES]
    return found


def judge(connectors: Sequence[Connector], subjects: Sequence[KeySubject]) -> list[Finding]:
    """A finding for each key subject of each connector, and one for each connector that has none."""
    owned: dict[str, list[KeySubject]] = {each.name: [] for each in connectors}
    for subject in subjects:
        owner = max(connectors, key=lambda each: _length_of_match(each, subject), default=None)
        if owner is not None and _length_of_match(owner, subject):
            owned[owner.name].append(subject)
    findings: list[Finding] = []
    for connector in connectors:
        observed = _observed(connector, subjects)
        findings += [_with_new_id(_judge_one(connector, subject, observed), subject) for subject in owned[connector.name]]
        if not owned[connector.name]:
            findings.append(Finding(connector.name, "", "not_checked",
                                    f"no subject holds a key schema that begins with {connector.before.prefix}: nothing can be compared"))
    return findings


def _length_of_match(connector: Connector, subject: KeySubject) -> int:
    """How much of a subject's schema name is the connector's prefix, in any spelling; 0: it is not this connector's."""
    names = [full_name(schema.text) for _id, schema in subject.versions]
    starts = {f"{adjusted(prefix, mode)}." for prefix in (connector.before.prefix, connector.after.prefix) for mode in MODES}
    return max((len(start) for start in starts for name in names if name.endswith(_END) and name.startswith(start)), default=0)


def _with_new_id(finding: Finding, subject: KeySubject) -> Finding:
    """Adds the id of the schema to come, where the subject has it already."""
    after = finding.after
    return replace(finding, new_id=next((id_ for id_, schema in reversed(subject.versions) if after is not None and schema.is_same_as(after)), None))


def _judge_one(connector: Connector, subject: KeySubject, observed: Mapping[str, Schema]) -> Finding:
    id_, schema = _version_before(connector, subject)
    rest = _rest(full_name(schema.text), connector.before, subject.name)
    seen = observed.get(adjusted(rest.text, "avro")) if rest is not None else None
    if rest is None:
        return Finding(connector.name, subject.name, "not_checked", f"the schema's name {full_name(schema.text)} is not what the settings before would give",
                       id=id_, before=schema)
    if seen is not None:
        return _by_observation(connector, subject, id_, schema, seen)
    return _by_name(connector, subject, id_, schema, rest)


@dataclass(frozen=True)
class _Rest:
    """The part of a name between prefix and ``.Key``. Not ``exact``: an underscore in it may stand for another character."""

    text: str
    exact: bool


def _rest(name: str, before: KeySettings, subject: str) -> _Rest | None:
    start = adjusted(before.prefix, before.mode) + "."
    if not name.startswith(start) or not name.endswith(_END):
        return None
    spelled = name[len(start):-len(_END)]
    if before.mode == "none":
        return _Rest(spelled, True)
    # The topic has the table's name as it is, whatever it was routed to before that.
    topic = subject[:-len("-key")] if subject.endswith("-key") else ""
    for end in (topic[position:] for position in range(len(topic))):
        if adjusted(f"x.{end}", before.mode)[2:] == spelled:
            return _Rest(end, True)
    return _Rest(spelled, "_" not in spelled)


def _version_before(connector: Connector, subject: KeySubject) -> tuple[int, Schema]:
    """The newest version with the name that the settings before give; the newest of all when none has it."""
    start = adjusted(connector.before.prefix, connector.before.mode) + "."
    named = [version for version in subject.versions if full_name(version[1].text).startswith(start)]
    return (named or list(subject.versions))[-1]


def _by_name(connector: Connector, subject: KeySubject, id_: int, schema: Schema, rest: _Rest) -> Finding:
    old, new = full_name(schema.text), connector.after.name(rest.text)
    after = Schema(renamed(schema.text, old, new), schema.type, schema.references)
    if new != old:
        return Finding(connector.name, subject.name, "failed", _why(old, new), id=id_, before=schema, after=after, keep=_keeping(connector, old, rest))
    others = differing(connector.before, connector.after)
    unsure = [f"{', '.join(others)} differ and may change what keys look like"] if others else []
    if connector.before.mode != connector.after.mode and not rest.exact:
        unsure.append(f"an underscore in {rest.text} may stand for another character, which {MODE_KEY}={connector.after.mode} keeps")
    if not connector.before.prefix[0].isalpha() and connector.before.prefix[0] != "_":
        unsure.append(f"versions of Debezium differ in names that begin with {connector.before.prefix[0]!r}")
    return Finding(connector.name, subject.name, "not_checked" if unsure else "verified", "; ".join(unsure), id=id_, before=schema, after=after,
                   keep={MODE_KEY: connector.before.mode} if unsure and not others else {})


def _by_observation(connector: Connector, subject: KeySubject, id_: int, schema: Schema, seen: Schema) -> Finding:
    """The schema that the rehearsal wrote, with the real prefix in the place of the rehearsal's."""
    there, wanted = full_name(seen.text), adjusted(connector.rehearsal_prefix, connector.after.mode) + "."
    if not there.startswith(wanted):
        reason = f"the rehearsal wrote {there}, which {MODE_KEY}={connector.after.mode} does not give: it ran with other settings"
        return Finding(connector.name, subject.name, "not_checked", reason, "observed", id_, schema, seen)
    new = adjusted(connector.after.prefix, connector.after.mode) + "." + there[len(wanted):]
    after = Schema(renamed(seen.text, there, new), seen.type, seen.references)
    old = full_name(schema.text)
    if after.is_same_as(schema):
        return Finding(connector.name, subject.name, "verified", "", "observed", id_, schema, after)
    rest = _rest(old, connector.before, subject.name)
    reason = _why(old, new) if new != old else "the same name, but other fields: the new version describes the key differently"
    keep = _keeping(connector, old, rest) if rest and new != old else {}
    return Finding(connector.name, subject.name, "failed", reason, "observed", id_, schema, after, keep=keep)


def _observed(connector: Connector, subjects: Iterable[KeySubject]) -> dict[str, Schema]:
    """What the rehearsal wrote, by table."""
    if not connector.rehearsal_prefix:
        return {}
    starts = sorted({f"{adjusted(connector.rehearsal_prefix, mode)}." for mode in MODES}, key=len, reverse=True)
    seen: dict[str, Schema] = {}
    for subject in subjects:
        schema = subject.versions[-1][1]
        name = full_name(schema.text)
        start = next((start for start in starts if name.startswith(start) and name.endswith(_END)), None)
        if start is not None:
            seen[adjusted(name[len(start):-len(_END)], "avro")] = schema
    return seen


def _why(old: str, new: str) -> str:
    return f"keys would be written with the schema {new} instead of {old}: another id, other bytes, other partitions"


def _keeping(connector: Connector, old: str, rest: _Rest) -> dict[str, str]:
    """The settings with which the new connector gives the old name; empty when there are none."""
    for prefix in (connector.after.prefix, connector.before.prefix):
        for mode in (connector.after.mode, *MODES):
            if KeySettings(prefix, mode).name(rest.text) == old:
                changed = {MODE_KEY: mode} if mode != connector.after.mode else {}
                return {**changed, **({PREFIX_KEY: prefix} if prefix != connector.after.prefix else {})}
    return {}
