# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of Confluent's Schema Registry, as far as the modules need it, and what its refusals mean.

Written after "Schema Registry API Reference" of Confluent's documentation, and tried on Apicurio Registry, which speaks it
below ``/apis/ccompat/v7``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from ..options import EnumModule
from ..rest import REST_SPEC, RETRIED, Query, Rest, RestError, quoted
from .schemas import Reference, Schema

Item = TypeVar("Item")
Result = TypeVar("Result")

# 409 means "not compatible" here: asking again does not change it.
_RETRIED = RETRIED - {409}
_AT_ONCE = 8
SUBJECT_NOT_FOUND, VERSION_NOT_FOUND, SCHEMA_NOT_FOUND = 40401, 40402, 40403


class RegistryModule(EnumModule):
    """A module whose option ``subjects`` takes plain names, too: each stands for a dictionary with only ``name``."""

    def _load_params(self) -> None:
        super()._load_params()
        subjects = self.params.get("subjects") if isinstance(self.params, dict) else None
        options = self.argument_spec.get("subjects", {}).get("options")
        if options and isinstance(subjects, list):
            self.params["subjects"] = [{"name": subject} if isinstance(subject, str) else subject for subject in subjects]


def registry_module(argument_spec: dict[str, dict[str, Any]], **constraints: Any) -> RegistryModule:
    """The module object for ``argument_spec`` plus the connection options; check mode is always supported."""
    return RegistryModule(argument_spec={**REST_SPEC, **argument_spec}, supports_check_mode=True, **constraints)


@dataclass(frozen=True)
class Version:
    """One version of a subject."""

    number: int
    id: int
    schema: Schema


@dataclass
class Registry:
    """One registry."""

    rest: Rest

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Registry:
        return cls(Rest.from_params(params))

    def subjects(self, deleted: bool = False) -> list[str]:
        """Names of the subjects, with ``deleted`` those that are soft-deleted, too."""
        names = self._ask("GET", "subjects", "list the subjects", query={"deleted": True} if deleted else {})
        return sorted(str(name) for name in names)

    def versions(self, subject: str, deleted: bool = False) -> list[int]:
        """Numbers of its versions; none when there is no such subject."""
        path = f"subjects/{quoted(subject)}/versions"
        query = {"deleted": True} if deleted else {}
        found = self._ask("GET", path, f"list the versions of {subject}", query=query, absent=(SUBJECT_NOT_FOUND,))
        return [int(number) for number in found or []]

    def version(self, subject: str, number: int | str) -> Version | None:
        """One version, or ``"latest"``."""
        path = f"subjects/{quoted(subject)}/versions/{number}"
        said = self._ask("GET", path, f"read version {number} of {subject}", absent=(SUBJECT_NOT_FOUND, VERSION_NOT_FOUND))
        return None if said is None else Version(int(said["version"]), int(said["id"]), schema_of(said))

    def schema(self, number: int) -> Schema | None:
        """The schema with this id; ``None`` when there is none."""
        said = self._ask("GET", f"schemas/ids/{number}", f"read the schema {number}", absent=(SCHEMA_NOT_FOUND,))
        return None if said is None else schema_of(said)

    def find(self, subject: str, schema: Schema) -> tuple[int, int] | None:
        """Version and id under which the subject has this schema. Nothing is registered."""
        path, body, absent = f"subjects/{quoted(subject)}", body_of(schema), (SUBJECT_NOT_FOUND, VERSION_NOT_FOUND, SCHEMA_NOT_FOUND)
        attempted = f"look the schema up in {subject}"
        try:
            said = self._ask("POST", path, attempted, body=body, query={"normalize": True}, absent=absent)
        except RestError as error:
            if error.status != 422:
                raise
            said = self._ask("POST", path, attempted, body=body, absent=absent)  # names that Avro does not allow cannot be normalised
        return None if said is None else (int(said["version"]), int(said["id"]))

    def register(self, subject: str, schema: Schema) -> int:
        """Returns the id."""
        said = self._ask("POST", f"subjects/{quoted(subject)}/versions", f"register a schema of {subject}", body=body_of(schema))
        return int(said["id"])

    def incompatibility(self, subject: str, schema: Schema) -> str | None:
        """Why the subject would refuse this schema, empty when it would take it; ``None`` when it cannot be told."""
        path = f"compatibility/subjects/{quoted(subject)}/versions"
        try:
            said = self._ask("POST", path, f"test a schema of {subject}", body=body_of(schema), query={"verbose": True})
        except RestError as error:
            if error.status in (404, 405, 422):
                return None
            raise
        if said.get("is_compatible"):
            return ""
        reasons = said.get("messages") or said.get("reason") or "not compatible"
        return reasons if isinstance(reasons, str) else "; ".join(str(reason) for reason in reasons)

    def references_to(self, subject: str, version: int) -> list[str]:
        """Subjects that refer to this version, also soft-deleted ones where the registry counts them."""
        path = f"subjects/{quoted(subject)}/versions/{version}/referencedby"
        ids = self._ask("GET", path, f"find what refers to {subject}", absent=(SUBJECT_NOT_FOUND, VERSION_NOT_FOUND)) or []
        names: set[str] = set()
        for number in ids:
            users = self._ask("GET", f"schemas/ids/{number}/versions", f"find who uses schema {number}", absent=(SCHEMA_NOT_FOUND,)) or []
            names |= {str(user["subject"]) for user in users} or {f"schema id {number}"}
        return sorted(names)

    def delete(self, subject: str, permanent: bool = False) -> list[int]:
        """The versions that were deleted; none when there was no such subject."""
        what = "delete permanently" if permanent else "delete"
        query = {"permanent": True} if permanent else {}
        gone = self._ask("DELETE", f"subjects/{quoted(subject)}", f"{what} {subject}", query=query, absent=(SUBJECT_NOT_FOUND, 40404))
        return [int(number) for number in gone or []]

    def compatibility(self, subject: str | None = None) -> str | None:
        """The level of the registry, or of a subject; ``None`` when the subject has none of its own (Apicurio then tells the registry's)."""
        path = "config" if subject is None else f"config/{quoted(subject)}"
        said = self._ask("GET", path, "read the compatibility level", absent=(SUBJECT_NOT_FOUND, 40408))
        return None if said is None else str(said.get("compatibilityLevel") or said.get("compatibility")).lower()

    def set_compatibility(self, level: str, subject: str | None = None) -> None:
        path = "config" if subject is None else f"config/{quoted(subject)}"
        self._ask("PUT", path, f"set the compatibility of {subject or 'the registry'}", body={"compatibility": level.upper()})

    def forget_compatibility(self, subject: str) -> None:
        """Let the subject have the level of the registry."""
        self._ask("DELETE", f"config/{quoted(subject)}", f"remove the compatibility of {subject}", absent=(SUBJECT_NOT_FOUND, 40408))

    def mode(self) -> str | None:
        """``readwrite``, ``readonly`` or ``import``; ``None`` where the registry has no modes (Apicurio)."""
        try:
            return str(self._ask("GET", "mode", "read the mode")["mode"]).lower()
        except RestError as error:
            if error.status == 404:
                return None
            raise

    def _ask(
        self, method: str, path: str, attempted: str, query: Query = (), body: object = None, absent: Iterable[int] = ()
    ) -> Any:
        """What it answers, as JSON; ``None`` when it refuses with one of the error codes ``absent``."""
        with explained():
            try:
                # Every POST of this API may be repeated: the second registration of a schema gives the same id.
                answer = self.rest.request(method, path, attempted, query, body, retried=_RETRIED, repeatable=True)
            except RestError as error:
                if error_code(error) in tuple(absent):
                    return None
                raise
            return self.rest.read_json(answer, attempted, path)


@contextmanager
def explained() -> Iterator[None]:
    """Adds to refusals what to try."""
    try:
        yield
    except RestError as error:
        advice = error.advice or _ADVICE.get(error_code(error) or error.status or 0, "")
        raise (error.with_advice(advice) if advice else error) from error


_ADVICE = {
    403: "The user may not do this: it needs a role such as ResourceOwner for the subject, or DeveloperRead to look only.",
    404: "Is url the address of the registry's API? Apicurio's ends with /apis/ccompat/v7, Confluent's is the server itself.",
    409: "The subject's compatibility forbids it. Change the schema, or set another compatibility.",
    42206: "Other subjects refer to it: list them too. A registry may count soft-deleted ones; with permanent=true they go first.",
    42205: "The registry or the subject is read-only (its mode).",
}


def error_code(error: RestError) -> int | None:
    """The registry's own number for what went wrong (``40401``), ``None`` when the answer has none."""
    code = error.body.get("error_code") if isinstance(error.body, Mapping) else None
    return code if isinstance(code, int) and code else None


def schema_of(said: Mapping[str, Any]) -> Schema:
    """The schema in an answer. Avro is what is meant where no type is named."""
    references = tuple(Reference(str(each["name"]), str(each["subject"]), int(each["version"])) for each in said.get("references") or [])
    return Schema(str(said["schema"]), str(said.get("schemaType") or "AVRO").lower(), references)


def body_of(schema: Schema) -> dict[str, object]:
    """The schema as a request has it. Old registries do not know the keys for what is not Avro or has no references."""
    body: dict[str, object] = {"schema": schema.text}
    if schema.type != "avro":
        body["schemaType"] = schema.type.upper()
    if schema.references:
        body["references"] = [{"name": each.name, "subject": each.subject, "version": each.version} for each in schema.references]
    return body


def at_once(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The same question about many things, several at a time, answers in their order."""
    wanted = list(items)
    if not wanted:
        return []
    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as pool:
        return list(pool.map(work, wanted))
