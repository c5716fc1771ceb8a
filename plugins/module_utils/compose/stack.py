# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a stack file, as Docker sees them: merge keys followed, and for each value the place where it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping as Dictionary
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ..errors import OperationError
from .document import Document, Entry, Mapping, Node, Scalar, Sequence, target_of

KAFKA, ZOOKEEPER, CONNECT = "kafka", "zookeeper", "connect"
SCHEMA_REGISTRY, REST_PROXY, KSQLDB, CONTROL_CENTER, OTHER = "schema_registry", "rest_proxy", "ksqldb", "control_center", "other"
TOOL = "tool"  # an image of the platform for something else, such as a job that creates topics
KINDS = (KAFKA, ZOOKEEPER, CONNECT, SCHEMA_REGISTRY, REST_PROXY, KSQLDB, CONTROL_CENTER, TOOL, OTHER)
_NOTHING = ("", "~", "null", "Null", "NULL")

# What only a service of that kind has in its environment. Tools name addresses of the others, so an address proves nothing.
_BY_VARIABLE = (
    (CONNECT, ("CONFIG_STORAGE_TOPIC", "OFFSET_STORAGE_TOPIC", "CONNECT_CONFIG_STORAGE_TOPIC", "CONNECT_OFFSET_STORAGE_TOPIC")),
    (KAFKA, ("KAFKA_BROKER_ID", "KAFKA_ADVERTISED_LISTENERS", "KAFKA_ZOOKEEPER_CONNECT", "KAFKA_PROCESS_ROLES")),
    (ZOOKEEPER, ("ZOO_MY_ID", "ZOO_SERVERS", "ZOOKEEPER_SERVER_ID", "ZOOKEEPER_SERVERS", "ZOOKEEPER_CLIENT_PORT")),
    (SCHEMA_REGISTRY, ("SCHEMA_REGISTRY_HOST_NAME", "SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS")),
    (REST_PROXY, ("KAFKA_REST_HOST_NAME", "KAFKA_REST_LISTENERS", "KAFKA_REST_BOOTSTRAP_SERVERS")),
    (KSQLDB, ("KSQL_BOOTSTRAP_SERVERS", "KSQL_LISTENERS")),
    (CONTROL_CENTER, ("CONTROL_CENTER_BOOTSTRAP_SERVERS",)),
)
_BY_IMAGE = {
    KAFKA: "kafka server enterprise-kafka",
    ZOOKEEPER: "zookeeper",
    CONNECT: "connect kafka-connect kafka-connect-base server-connect server-connect-base enterprise-replicator enterprise-replicator-executable",
    SCHEMA_REGISTRY: "schema-registry",
    REST_PROXY: "kafka-rest rest rest-proxy",
    KSQLDB: "ksqldb-server ksqldb-cli ksql-server ksql-cli",
    CONTROL_CENTER: "enterprise-control-center control-center",
}


@dataclass(frozen=True)
class Found:
    """A key's entry, and the mapping in which it is written (a service's own one, or one with an anchor)."""

    entry: Entry
    holder: Mapping


@dataclass(frozen=True)
class Variable:
    """An environment variable where it is written: a key of a mapping or an item ``NAME=value`` of a list."""

    name: str
    value: str | None
    name_at: Scalar
    value_at: Scalar | None
    holder: Mapping | Sequence
    place: Entry | Scalar

    @property
    def is_from_shell(self) -> bool:
        """It has no value here: Docker takes that of the variable of the same name in the shell that deploys."""
        return self.value_at is None or (self.value_at.style == "" and self.value in _NOTHING)

    def written(self, document: Document) -> str:
        """The value as it stands in the text, without quotes and without the header of a block."""
        if self.value_at is None:
            return ""
        raw = document.raw(self.value_at)
        if self.value_at.style in ("'", '"'):
            raw = raw[1:-1]
        elif self.value_at.style:
            raw = raw.partition("\n")[2]
        return raw.partition("=")[2] if isinstance(self.holder, Sequence) else raw


@dataclass(eq=False)
class Service:
    """One service.

    :param shared: its whole mapping is another service's too (``kafka-2: *kafka-1``), so that nothing can be written for this one alone.
    """

    name: str
    entry: Entry
    node: Mapping
    shared: bool
    keys: Dictionary[str, Found]
    variables: Dictionary[str, Variable] = field(default_factory=dict)
    holders: list[Mapping | Sequence] = field(default_factory=list)
    kind: str = OTHER

    def scalar(self, *path: str) -> Scalar | None:
        """The scalar that these keys lead to, wherever it is written."""
        node: Node | None = self.node
        for key in path:
            node = node and target_of(node)
            found = effective(node).get(key) if isinstance(node, Mapping) else None
            node = found.entry.value if found else None
        node = node and target_of(node)
        return node if isinstance(node, Scalar) else None

    def value(self, variable: str) -> str:
        found = self.variables.get(variable)
        return (found.value or "") if found else ""

    @property
    def has_env_file(self) -> bool:
        return "env_file" in self.keys


@dataclass(frozen=True)
class Stack:
    document: Document
    node: Mapping
    services: list[Service]

    def of_kind(self, *kinds: str) -> list[Service]:
        return [service for service in self.services if service.kind in kinds]

    def users(self, holder: Mapping | Sequence) -> list[Service]:
        """The services whose environment takes variables from this place."""
        return [service for service in self.services if any(found is holder for found in service.holders)]


def stack_of(document: Document, kinds: Dictionary[str, str]) -> Stack:
    """The services of a stack file.

    :param kinds: what the caller says of services, by the glob of their names.
    :raises OperationError: when this is no stack file.
    """
    root = target_of(document.root)
    found = effective(root).get("services") if isinstance(root, Mapping) else None
    services = target_of(found.entry.value) if found else None
    if not isinstance(services, Mapping) or not services.entries:
        raise OperationError("read the stack file", answered="it has no `services`", advice="Version 2 or later of the Compose format is needed.")
    pairs = [(one.entry, target_of(one.entry.value)) for one in effective(services).values()]
    uses = Counter(id(node) for dummy, node in pairs)
    found_services = [_service(entry, node, uses[id(node)] > 1, kinds) for entry, node in pairs if isinstance(node, Mapping)]
    return Stack(document, services, found_services)


def effective(mapping: Mapping, _above: tuple[Mapping, ...] = ()) -> dict[str, Found]:
    """The keys of a mapping after its merges: its own ones win; of several ``<<`` the last one wins, of a list in one ``<<`` the first."""
    if any(mapping is above for above in _above):
        return {}
    keys: dict[str, Found] = {}
    for source in merged(mapping):
        keys.update(effective(source, (*_above, mapping)))
    keys.update({entry.name: Found(entry, mapping) for entry in mapping.entries if entry.name and not entry.is_merge})
    return keys


def merged(mapping: Mapping) -> list[Mapping]:
    """The mappings that are merged into this one, those that win last."""
    sources: list[Mapping] = []
    for entry in mapping.entries:
        value = target_of(entry.value)
        if entry.is_merge and isinstance(value, Mapping):
            sources.append(value)
        elif entry.is_merge and isinstance(value, Sequence):
            sources += [found for found in map(target_of, reversed(value.items)) if isinstance(found, Mapping)]
    return sources


def shadowed(mapping: Mapping) -> list[str]:
    """Keys that stand before a merge which has them as well: what they are depends on the parser."""
    names: set[str] = set()
    doubtful: set[str] = set()
    for entry in mapping.entries:
        if not entry.is_merge:
            names.add(entry.name)
            continue
        for source in merged(Mapping(entry.key.start, entry.key.start, False, entries=[entry])):
            doubtful |= names & set(effective(source))
    return sorted(doubtful)


def _chain(mapping: Mapping, seen: list[Mapping]) -> list[Mapping]:
    """The mapping and all that are merged into it, itself first."""
    if not any(mapping is found for found in seen):
        seen.append(mapping)
        for source in merged(mapping):
            _chain(source, seen)
    return seen


def _service(entry: Entry, node: Mapping, shared: bool, kinds: Dictionary[str, str]) -> Service:
    service = Service(entry.name, entry, node, shared or entry.value is not node, effective(node))
    environment = service.keys.get("environment")
    value = target_of(environment.entry.value) if environment else None
    if isinstance(value, Mapping):
        service.holders = list(_chain(value, []))
        service.variables = {name: _of_mapping(name, found) for name, found in effective(value).items()}
    elif isinstance(value, Sequence):
        service.holders = [value]
        service.variables = {found.name: found for found in variables_in(value)}
    service.kind = _kind(service, kinds)
    return service


def variables_in(holder: Mapping | Sequence) -> list[Variable]:
    """The variables that are written in one place; those that it merges are not."""
    if isinstance(holder, Mapping):
        return [_of_mapping(entry.name, Found(entry, holder)) for entry in holder.entries if entry.name and not entry.is_merge]
    items = [(item, target_of(item)) for item in holder.items]
    return [_of_item(item, holder) for place, item in items if isinstance(item, Scalar) and place is item]


def written_variables(services: Iterable[Service]) -> list[Variable]:
    """The variables of all services, each once: where it is written."""
    holders: dict[int, Mapping | Sequence] = {id(holder): holder for service in services for holder in service.holders}
    return [variable for holder in holders.values() for variable in variables_in(holder)]


def _of_mapping(name: str, found: Found) -> Variable:
    value = target_of(found.entry.value)
    at = value if isinstance(value, Scalar) else None
    return Variable(name, at.value if at else None, found.entry.key, at, found.holder, found.entry)


def _of_item(item: Scalar, holder: Sequence) -> Variable:
    name, equals, value = item.value.partition("=")
    return Variable(name.strip(), value if equals else None, item, item if equals else None, holder, item)


def _kind(service: Service, kinds: Dictionary[str, str]) -> str:
    for pattern, kind in kinds.items():
        if fnmatchcase(service.name, pattern):
            return kind
    for kind, names in _BY_VARIABLE:
        if any(name in service.variables for name in names):
            return kind
    image = service.scalar("image")
    found = kind_of_image(image.value if image else "")
    return TOOL if found != OTHER and ("command" in service.keys or "entrypoint" in service.keys) else found


def kind_of_image(image: str) -> str:
    """By the last part of an image's name."""
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0].lower()
    for prefix in ("cp-", "confluent-"):
        name = name.removeprefix(prefix)
    return next((kind for kind, names in _BY_IMAGE.items() if name in names.split()), OTHER)


def names_of(services: Iterable[Service]) -> str:
    """For a text: ``kafka-1, kafka-2 and 16 more``."""
    names = [service.name for service in services]
    return ", ".join(names) if len(names) <= 4 else f"{names[0]}, {names[1]} and {len(names) - 2} more"
