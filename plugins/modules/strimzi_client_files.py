#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: strimzi_client_files
short_description: Write what a client of a Strimzi cluster needs - certificates, stores, configuration files
version_added: 0.1.0
description:
  - Reads the address of a listener from the status of the Kafka resource, the CA of the cluster and the login of a KafkaUser from their Secrets, and
    writes them into a directory, as PEM, as Java's stores, and as configuration files for Java clients, librdkafka and kcat.
  - Nobody but the owner may read the files (mode 0600, the directory 0700), and each is replaced as a whole.
  - It runs where the files shall be, usually on the controller with C(delegate_to=localhost).
  - With O(endpoint) certificates are taken from what a server shows, as C(openssl s_client) prints them. Nobody vouches for these. Trust is on first
    use, and a later run refuses other certificates.
options:
  cluster:
    description: Name of the Kafka resource. Not needed with O(endpoint).
    type: str
  listener:
    description: Name of the listener. Not needed when the cluster has only one.
    type: str
  user:
    description: Name of the KafkaUser that logs in. Its Secret has the same name, after the operator's C(secretPrefix).
    type: str
  directory:
    description:
      - Where the files are written. It is created with mode 0700; the directory above it must exist.
      - One that others can read is closed to them, and refused when it holds other files.
    type: path
    required: true
  client_directory:
    description: The same directory as the client sees it, for files that are mounted into a container. The configuration files name paths in it.
    type: str
  files:
    description:
      - What to write. V(ca) is C(ca.crt) (PEM). V(user) is C(user.crt) and C(user.key) (PEM). V(truststore) is C(truststore.p12), or C(truststore.jks) as
        O(truststore_type) says. V(keystore) is C(keystore.p12) with the user's key. V(java) is C(client.properties), V(librdkafka) is C(librdkafka.conf),
        V(kcat) is C(kcat.conf), for C(kcat -F).
      - What a configuration file refers to is written as well.
    type: list
    elements: str
    choices: [ca, user, truststore, keystore, java, librdkafka, kcat]
    default: [java, librdkafka, kcat]
  bootstrap_servers:
    description: Address to write instead of the one in the status, where clients reach the brokers by another.
    type: str
  truststore_type:
    description: V(jks) takes the JDK's C(keytool). Every Java from 8u301 on reads V(pkcs12).
    type: str
    choices: [pkcs12, jks]
    default: pkcs12
  store_password:
    description: Password of truststore and keystore. By default one is made up once, and kept in C(store.password) in the directory.
    type: str
  jdk_cacerts:
    description:
      - The C(cacerts) of a JDK, usually in C(lib/security). The truststore is then a copy of it with the CA added, for clients that also talk to others.
        The original is only read, with the JDK's C(keytool).
    type: path
  jdk_cacerts_password:
    description: Password of O(jdk_cacerts).
    type: str
    default: changeit
  keytool:
    description: Path of C(keytool). By default the one of the JDK that O(jdk_cacerts) belongs to, one on PATH, or that of E(JAVA_HOME).
    type: path
  endpoint:
    description:
      - Take the certificates to trust from what the server at this C(host:port) shows, instead of the Secret. Takes the program C(openssl).
      - Of what it shows the authorities are taken, and when there are none the server's own certificate.
    type: str
  endpoint_fingerprints:
    description: SHA-256 fingerprints of the certificates that may be taken from O(endpoint), as C(openssl x509 -fingerprint -sha256) writes them.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - streamops.kafka.strimzi
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Reads everything, writes nothing.
  diff_mode:
    support: full
    details: Shows properties, subjects and fingerprints. Passwords and keys are masked.
requirements:
  - cryptography >= 45
notes:
  - Not run against Strimzi's operators in this project's tests, which use a real API server with Strimzi's real resource definitions, and real Kafka clients.
  - The Kubernetes user needs the verb C(get) on C(kafkas) and on the Secrets of the cluster's CA and of the user.
  - Truststores and keystores are salted. They are compared by what is in them, and left alone when that is right.
  - Files of an earlier run that are not asked for any more are left alone.
  - "To recover from files that are broken or lost: delete the directory and run it again. Everything in it comes from the cluster."
seealso:
  - module: streamops.kafka.strimzi_user
  - module: streamops.kafka.strimzi_kafka_info
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Write the files of a SCRAM client
  streamops.kafka.strimzi_client_files:
    namespace: kafka
    cluster: experiment
    listener: scram
    user: reporting
    directory: "{{ ansible_env.HOME }}/kafka-client"
  delegate_to: localhost

- name: Show what would change, and write nothing
  streamops.kafka.strimzi_client_files:
    namespace: kafka
    cluster: experiment
    listener: scram
    user: reporting
    directory: "{{ ansible_env.HOME }}/kafka-client"
  check_mode: true
  diff: true

- name: Trust what the JDK trusts, and the cluster's CA, in a copy of cacerts
  streamops.kafka.strimzi_client_files:
    namespace: kafka
    cluster: experiment
    listener: external
    directory: /opt/app/trust
    files: [truststore]
    truststore_type: jks
    jdk_cacerts: /usr/lib/jvm/java/lib/security/cacerts

- name: Take the certificate of a route from the route itself, once its fingerprint was compared
  streamops.kafka.strimzi_client_files:
    endpoint: kafka-bootstrap.example.com:443
    endpoint_fingerprints:
      - 6C:0F:5D:52:11:DC:83:B2:5A:2E:1D:80:53:3B:E3:1D:C5:34:21:8B:37:2C:5A:A6:3E:63:1F:C2:97:33:1F:85
    directory: /opt/app/trust
    files: [ca, java]
"""

RETURN = r"""
files:
  description: Each file by its name.
  returned: success, and when only some could be written
  type: dict
  contains:
    path:
      description: Where it is.
      type: str
    action:
      description: V(created), V(altered), V(closed) when others could read it, V(unchanged), or V(not_attempted). In check mode what would be done.
      type: str
  sample:
    client.properties: {path: /home/anna/kafka-client/client.properties, action: created}
connection:
  description: The same connection as options of this collection's Kafka modules, all but the password.
  returned: success
  type: dict
  sample:
    bootstrap_servers: "192.0.2.7:9094"
    security_protocol: sasl_ssl
    sasl_mechanism: scram-sha-512
    sasl_username: reporting
    ssl_ca_location: /home/anna/kafka-client/ca.crt
trusted:
  description: The certificates that clients of this listener trust. Without those of O(jdk_cacerts).
  returned: success
  type: list
  elements: dict
  sample:
    - subject: CN=cluster-ca v0,O=io.strimzi
      issuer: CN=cluster-ca v0,O=io.strimzi
      sha256: 6C:0F:5D:52:11:DC:83:B2:5A:2E:1D:80:53:3B:E3:1D:C5:34:21:8B:37:2C:5A:A6:3E:63:1F:C2:97:33:1F:85
      not_after: "2027-02-23T10:00:00Z"
      authority: true
shown:
  description: The certificates that O(endpoint) showed, its own first.
  returned: with O(endpoint)
  type: list
  elements: dict
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.files.private import PrivateDirectory
from ansible_collections.streamops.kafka.plugins.module_utils.library import require
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client_access import Access
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client_directory import apply, as_plan, as_result, password_of, plan
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client_files import ALL_NAMES, CA_FILE, CERTIFICATE_FILE, KEY_FILE, KINDS, needed
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client_sources import find, stores_of
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.module import READING_SPEC

FILES_SPEC: dict[str, dict[str, Any]] = {
    **READING_SPEC,
    "cluster": {"type": "str"},
    "listener": {"type": "str"},
    "user": {"type": "str"},
    "directory": {"type": "path", "required": True},
    "client_directory": {"type": "str"},
    "files": {"type": "list", "elements": "str", "choices": KINDS, "default": ["java", "librdkafka", "kcat"]},
    "bootstrap_servers": {"type": "str"},
    "truststore_type": {"type": "str", "choices": ["pkcs12", "jks"], "default": "pkcs12"},
    "store_password": {"type": "str", "no_log": True},
    "jdk_cacerts": {"type": "path"},
    "jdk_cacerts_password": {"type": "str", "no_log": True, "default": "changeit"},
    "keytool": {"type": "path"},
    "endpoint": {"type": "str"},
    "endpoint_fingerprints": {"type": "list", "elements": "str", "default": []},
}


def connection_of(access: Access, files: dict[str, Any]) -> dict[str, Any]:
    """The options by which a Kafka module connects in the same way; the password is not among them."""
    login = {"sasl_mechanism": access.mechanism, "sasl_username": access.login.username} if access.mechanism else {}
    named = {"ssl_ca_location": CA_FILE, "ssl_certificate_location": CERTIFICATE_FILE, "ssl_key_location": KEY_FILE}
    paths = {option: files[name]["path"] for option, name in named.items() if name in files}
    return {"bootstrap_servers": access.bootstrap, "security_protocol": access.protocol, **login, **paths}


def main() -> None:
    module = EnumModule(argument_spec=FILES_SPEC, supports_check_mode=True)
    with operation_errors(module):
        require("cryptography", "cryptography", "to read certificates and to write Java's stores")
        params = module.params
        directory = PrivateDirectory(params["directory"], ALL_NAMES)
        sources = find(params, directory)
        access = sources.access
        kinds = needed(params["files"], access)
        password = password_of(directory, params["store_password"])
        module.no_log_values.update(each for each in (password, access.login.password) if each)
        stores = stores_of(params, access, password)
        works = plan(directory, kinds, access, stores, params["client_directory"] or params["directory"])
        changes, files = as_plan(directory, works), as_result(directory, works)
        if changes and not module.check_mode:
            apply(directory, works)
        for warning in sources.warnings:
            module.warn(warning)
        shown = {"shown": [each.as_result() for each in sources.shown]} if params["endpoint"] else {}
        module.exit_json(changed=bool(changes), diff=changes.diff(), files=files, connection=connection_of(access, files),
                         trusted=[each.as_result() for each in access.trusted], **shown)


if __name__ == "__main__":
    main()
