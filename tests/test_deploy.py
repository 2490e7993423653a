"""What ships to run this elsewhere is well formed, and names only what is there.

No container engine runs in the tests: docs/deploy.md says what was checked and what was not.
"""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from typer.main import get_command

import rag
from rag.cli import app as command_line

COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
KUBERNETES = (ROOT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8")
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
QUANTITY = re.compile(r"\d+(\.\d+)?(m|[KMGT]i?)?")

Shape = Any
"""A type; a pattern that a text matches; a list of one shape; a dictionary of what may stand there,
the keys that must marked with "!"; with the one key "*", any key."""

TEXTS = {"*": str}
META = {"name!": NAME, "namespace": NAME, "labels": TEXTS}
SELECTOR = {"matchLabels": TEXTS, "matchExpressions": [{"key!": str, "operator!": str,
            "values": [str]}]}  # fmt: skip
KEY = {"name!": NAME, "key!": str}
PROBE = {"httpGet!": {"path!": re.compile("/.*"), "port!": NAME}, "periodSeconds": int,
         "timeoutSeconds": int, "failureThreshold": int}  # fmt: skip
AMOUNTS = {"cpu": QUANTITY, "memory": QUANTITY, "storage": QUANTITY}
CLAIM = {"accessModes!": [re.compile("ReadWrite(Once|Many)")],
         "resources!": {"requests!": AMOUNTS}}  # fmt: skip
POD = {
    "labels": TEXTS,
    "automountServiceAccountToken!": bool,
    "terminationGracePeriodSeconds": int,
    "restartPolicy": re.compile("OnFailure|Never"),
    "securityContext": {"runAsNonRoot": bool, "runAsUser": int, "runAsGroup": int, "fsGroup": int,
                        "seccompProfile": {"type!": str}},
    "containers!": [{
        "name!": NAME, "image!": str, "args": [str], "command": [str],
        "ports": [{"name!": NAME, "containerPort!": int}],
        "envFrom": [{"configMapRef!": {"name!": NAME}}],
        "env": [{"name!": re.compile("[A-Z_]+"), "value": str,
                 "valueFrom": {"secretKeyRef!": KEY}}],
        "startupProbe": PROBE, "livenessProbe": PROBE, "readinessProbe": PROBE,
        "resources!": {"requests!": AMOUNTS, "limits!": AMOUNTS},
        "securityContext!": {"allowPrivilegeEscalation!": bool, "readOnlyRootFilesystem": bool,
                             "capabilities": {"drop": [str]}},
        "volumeMounts": [{"name!": NAME, "mountPath!": re.compile("/.*"), "readOnly": bool}],
    }],
    "volumes": [{"name!": NAME, "persistentVolumeClaim": {"claimName!": NAME}, "emptyDir": {}}],
}  # fmt: skip
TEMPLATE = {"metadata!": {"labels!": TEXTS}, "spec!": POD}
PORTS = [{"port!": int, "protocol": re.compile("UDP|TCP")}]
PEERS = [{"podSelector": SELECTOR, "namespaceSelector": SELECTOR}]
KINDS: dict[tuple[str, str], Shape] = {
    ("v1", "Namespace"): {},
    ("v1", "ConfigMap"): {"data!": TEXTS},
    ("v1", "PersistentVolumeClaim"): {"spec!": CLAIM},
    ("v1", "Service"): {"spec!": {
        "selector!": TEXTS, "clusterIP": str, "sessionAffinity": re.compile("ClientIP|None"),
        "ports!": [{"name": NAME, "port!": int, "targetPort": NAME}]}},
    ("apps/v1", "Deployment"): {"spec!": {
        "replicas!": int, "selector!": SELECTOR, "template!": TEMPLATE}},
    ("apps/v1", "StatefulSet"): {"spec!": {
        "replicas!": int, "selector!": SELECTOR, "template!": TEMPLATE, "serviceName!": NAME,
        "volumeClaimTemplates": [{"metadata!": {"name!": NAME}, "spec!": CLAIM}]}},
    ("batch/v1", "Job"): {"spec!": {"backoffLimit": int, "template!": TEMPLATE}},
    ("networking.k8s.io/v1", "NetworkPolicy"): {"spec!": {
        "podSelector!": SELECTOR, "policyTypes!": [re.compile("Ingress|Egress")],
        "ingress": [{"from": PEERS, "ports": PORTS}], "egress": [{"to": PEERS, "ports": PORTS}]}},
}  # fmt: skip
SERVICE = {
    "image!": str, "command": [str], "profiles": [str],
    "build": {"context!": str, "dockerfile": str, "args": TEXTS},
    "environment": TEXTS, "volumes": [str], "ports": [str], "networks!": [str], "tmpfs": [str],
    "depends_on": {"*": {"condition!": re.compile(
        "service_(started|healthy|completed_successfully)")}},
    "healthcheck": {"test": [str], "interval": str, "timeout": str, "retries": int,
                    "start_period": str, "disable": bool},
    "restart": re.compile("no|always|on-failure|unless-stopped"),
    "read_only": bool, "cap_drop": [str], "security_opt": [str], "mem_limit": str,
    "stop_grace_period": str,
}  # fmt: skip
COMPOSE_FILE = {
    "name": NAME, "x-rag": dict, "services!": {"*": SERVICE},
    "networks": {"*": {"internal": bool}}, "volumes": {"*": {}},
}  # fmt: skip


def check(value: Any, shape: Shape, where: str) -> None:
    """Fail, naming the place, where a value has not the shape."""
    if isinstance(shape, re.Pattern):
        assert isinstance(value, str), f"{where}: {value!r} is no text"
        assert shape.fullmatch(value), f"{where}: {value!r}"
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{where}: no list"
        assert value, f"{where}: empty"
        for number, item in enumerate(value):
            check(item, shape[0], f"{where}[{number}]")
    elif isinstance(shape, dict):
        assert isinstance(value, dict), f"{where}: no mapping"
        known = {key.rstrip("!"): inner for key, inner in shape.items()}
        for key, item in value.items():
            assert key in known or "*" in known, f"{where}.{key} is unknown"
            check(item, known.get(key, known.get("*")), f"{where}.{key}")
        for key in shape:
            assert not key.endswith("!") or key[:-1] in value, f"{where} has no {key[:-1]}"
    else:
        assert type(value) is shape, f"{where}: {value!r} is no {shape.__name__}"


def kubernetes() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(KUBERNETES))


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE)
    return found


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for item in kubernetes():
        if "template" in item.get("spec", {}):
            yield item["metadata"]["name"], item["spec"]["template"]["spec"]


def test_the_manifest_has_the_fields_of_its_kinds() -> None:
    for item in kubernetes():
        shape = KINDS[item["apiVersion"], item["kind"]]
        whole = {"apiVersion!": str, "kind!": str, "metadata!": META} | shape
        check(item, whole, f"{item['kind']}/{item['metadata']['name']}")
        if item["kind"] != "Namespace":
            assert item["metadata"]["namespace"] == "rag-quotes"


def test_the_check_of_fields_sees_a_wrong_one() -> None:
    probe = {"httpGet": {"path": "/healthz", "port": "http"}}
    check(probe, PROBE, "probe")
    for wrong in ({}, probe | {"period": 5}, probe | {"periodSeconds": "5"}, {"httpGet": {}}):
        with pytest.raises(AssertionError):
            check(wrong, PROBE, "probe")


def test_what_the_manifest_refers_to_is_in_it() -> None:
    items = kubernetes()
    names = {(item["kind"], item["metadata"]["name"]) for item in items}
    labels = [
        item["spec"]["template"]["metadata"]["labels"]
        for item in items
        if "template" in item.get("spec", {})
    ]
    secrets = set(re.findall(r"--from-literal=([\w-]+)=", KUBERNETES))
    for name, pod in pods():
        volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
        for volume in volumes.values():
            if "persistentVolumeClaim" in volume:
                claim = volume["persistentVolumeClaim"]["claimName"]
                assert ("PersistentVolumeClaim", claim) in names
        for container in pod["containers"]:
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if probe in container:
                    assert container[probe]["httpGet"]["port"] in ports
            for source in container.get("envFrom", []):
                assert ("ConfigMap", source["configMapRef"]["name"]) in names
            for variable in container.get("env", []):
                if "valueFrom" in variable:
                    assert variable["valueFrom"]["secretKeyRef"]["key"] in secrets
            if name != "milvus":
                mounted = {mount["name"] for mount in container["volumeMounts"]}
                assert mounted == set(volumes)
    for item in items:
        if item["kind"] == "Service":
            assert item["spec"]["selector"] in labels
        elif item["kind"] in ("Deployment", "StatefulSet"):
            chosen = item["spec"]["selector"]["matchLabels"]
            assert chosen == item["spec"]["template"]["metadata"]["labels"]


def test_the_server_is_probed_where_it_answers_and_nothing_may_leave() -> None:
    (app,) = dict(pods())["app"]["containers"]
    served = (ROOT / "rag" / "ui" / "page.py").read_text("utf-8")
    served += "".join(path.read_text("utf-8") for path in (ROOT / "rag" / "ui").glob("*.py"))
    paths = {app[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")}
    assert paths == {"/healthz", "/readyz"}
    assert all(f'"{path}"' in served for path in paths)
    (service,) = (
        i for i in kubernetes() if i["kind"] == "Service" and i["metadata"]["name"] == "app"
    )
    assert service["spec"]["sessionAffinity"] == "ClientIP"
    for item in kubernetes():
        if item["kind"] == "NetworkPolicy":
            assert item["spec"]["policyTypes"] == ["Ingress", "Egress"]
            for rule in item["spec"]["egress"]:
                named = [port["port"] for port in rule["ports"]]
                assert rule.get("to") or named == [53, 53], "only names are asked of anybody"


def test_our_pods_are_nobody_and_can_change_nothing() -> None:
    for name, pod in pods():
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            if name != "milvus":
                assert pod["securityContext"]["runAsNonRoot"] is True
                assert container["securityContext"]["readOnlyRootFilesystem"] is True
                corpus = [m for m in container["volumeMounts"] if m["name"] == "corpus"]
                assert corpus == [{"name": "corpus", "mountPath": "/corpus", "readOnly": True}]


def test_the_compose_file_has_the_fields_of_its_kind() -> None:
    found = compose()
    check(found, COMPOSE_FILE, "compose.yaml")
    for name, service in found["services"].items():
        assert set(service["networks"]) <= found["networks"].keys()
        assert set(service.get("depends_on", {})) <= found["services"].keys()
        for volume in service["volumes"]:
            source = volume.rpartition("}")[2].partition(":")[0] or "${"
            assert source in {*found["volumes"], "${"}, f"{name}: {volume}"
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), "only a proxy on this machine reaches it"
    assert found["networks"]["inside"]["internal"] is True
    assert found["services"]["milvus"]["networks"] == ["inside"]


def test_no_password_is_written_down_or_has_a_default() -> None:
    for line in COMPOSE.splitlines():
        if re.search(r"(password|token)\w*: ", line, re.IGNORECASE):
            assert re.search(r"\$\{\w+:\?[^}]+\}", line), line
    for _, pod in pods():
        for container in pod["containers"]:
            for variable in container.get("env", []):
                if re.search("PASSWORD|TOKEN", variable["name"]):
                    assert "value" not in variable


def variables() -> dict[str, str | None]:
    """Every variable of ours that is set, with its value where it is a plain one."""
    found: dict[str, str | None] = dict(
        re.findall(r"^ +(?:ENV )?((?:RAG_)\w+|PORT)=(\S+)", CONTAINER, re.M)
    )
    for service in compose()["services"].values():
        if service["image"] == "rag-quotes:latest":
            found |= {k: v if "$" not in v else None for k, v in service["environment"].items()}
    for item in kubernetes():
        if item["kind"] == "ConfigMap":
            found |= item["data"]
    for name, pod in pods():
        if name != "milvus":
            for container in pod["containers"]:
                found |= {variable["name"]: None for variable in container.get("env", [])}
    return found


def test_every_variable_is_one_that_the_code_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {f"RAG_{field.name.upper()}" for field in fields(rag.Settings)}
    sources = [*(ROOT / "rag").rglob("*.py"), ROOT / "app.py"]
    code = "".join(path.read_text("utf-8") for path in sources)
    found = variables()
    assert {"RAG_CORPUS", "RAG_INDEX", "RAG_HOST", "RAG_STORE", "RAG_PASSWORD", "PORT"} <= set(
        found
    )
    for name, value in found.items():
        assert name in settings or f'"{name}"' in code, name
        if value is not None:
            monkeypatch.setenv(name, value)
    made = rag.load_settings()
    assert (made.corpus, made.index, made.store) == ("/corpus", "/index", "milvus")
    documented = (ROOT / "docs" / "server.md").read_text("utf-8")
    undocumented = set(found) - settings - {"RAG_MILVUS_TOKEN"}
    assert all(f"`{name}`" in documented for name in undocumented)


def test_the_image_starts_refused_without_a_way_to_sign_in() -> None:
    from rag.ui.door import check_host, open_door

    found = variables()
    host = found["RAG_HOST"]
    assert host == "0.0.0.0"
    with pytest.raises(rag.RagError):
        check_host(host, open_door(None, {}), insist=False)
    check_host(host, open_door(None, {"RAG_PASSWORD": "a long password"}), insist=False)


def test_the_commands_that_containers_run_are_ours() -> None:
    known = set(get_command(command_line).commands)  # type: ignore[attr-defined]
    (line,) = re.findall(r"^CMD (.*)$", CONTAINER, re.M)
    commands = [json.loads(line), compose()["services"]["build"]["command"]]
    commands += [
        c["command"]
        for name, pod in pods()
        if name != "milvus"
        for c in pod["containers"]
        if "command" in c
    ]
    assert len(commands) == 3
    for words in commands:
        assert words[0] == "rag"
        assert words[1] in known


def test_what_the_image_copies_is_in_its_context_and_in_the_repository() -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "*" in rules, "nothing else gets into the context"
    copied = [
        shlex.split(words)[:-1] for words in re.findall(r"^COPY (?!--from)(.*)$", CONTAINER, re.M)
    ]
    sources = {source for words in copied for source in words}
    assert sources == allowed
    tracked = subprocess.run(
        ["git", "ls-files", *sources], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for source in sources:
        assert any(path == source or path.startswith(f"{source}/") for path in tracked), source
    # What the package is made of, as pyproject.toml names it, is among it.
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed = {project["project"]["readme"], *project["project"]["license-files"]}
    assert needed <= sources
    for package, patterns in project["tool"]["setuptools"]["package-data"].items():
        folder = package.replace(".", "/")
        for pattern in patterns:
            assert fnmatch.filter(
                [Path(p).name for p in tracked if str(Path(p).parent) == folder], pattern
            )
    assert (
        re.search(r'"\.\[([\w,]+)\]"', CONTAINER)[1] in project["project"]["optional-dependencies"]
    )  # type: ignore[index]


def test_the_image_runs_as_nobody_offline_and_is_asked_for_its_health() -> None:
    assert re.findall(r"^USER (\d+)", CONTAINER, re.M) == ["10001"]
    assert "HF_HUB_OFFLINE=1" in CONTAINER
    assert "/healthz" in re.findall(r"HEALTHCHECK.*\n.*", CONTAINER)[0]
    last = CONTAINER.rpartition("\nFROM ")[2]
    assert not re.search(r"\b(curl|wget|pip|apt)\b", last), "the last stage installs nothing"


def test_the_health_check_is_python_that_asks_the_right_place() -> None:
    (line,) = re.findall(r"HEALTHCHECK.*\n +CMD (.*)", CONTAINER)
    program, flag, code = json.loads(line)
    assert (program, flag) == ("python", "-c")
    compile(code, "healthcheck", "exec")
