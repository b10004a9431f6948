"""What people script with the official Python client, against a practice cluster.

usage: client.py KUBECONFIG          every line that it prints is a step that worked
"""
import sys

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

SECONDS = 20


def pod(name, labels):
    return client.V1Pod(
        metadata=client.V1ObjectMeta(name=name, labels=labels),
        spec=client.V1PodSpec(containers=[client.V1Container(
            name="c", image="nginx", ports=[client.V1ContainerPort(container_port=80)])]),
    )


def policy(name, **spec):
    return client.V1NetworkPolicy(
        metadata=client.V1ObjectMeta(name=name),
        spec=client.V1NetworkPolicySpec(pod_selector=client.V1LabelSelector(), **spec),
    )


def refused(status, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except ApiException as error:
        assert error.status == status, (error.status, error.body)
        return error
    raise AssertionError(f"{call.__name__} was not refused")


def versions_and_lists(core):
    assert client.VersionApi().get_code().major == "1"
    names = [one.metadata.name for one in core.list_namespace().items]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system"], names
    first = core.list_namespace(limit=1)
    rest = core.list_namespace(limit=500, _continue=first.metadata._continue)
    assert [one.metadata.name for one in first.items + rest.items] == names


def pods_run(core):
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="shop")))
    for name in ["web", "api"]:
        core.create_namespaced_pod("shop", pod(name, {"app": name}))
    running = set()
    for event in watch.Watch().stream(core.list_namespaced_pod, "shop", timeout_seconds=SECONDS):
        if event["object"].status.phase == "Running":
            running.add(event["object"].metadata.name)
        if running == {"web", "api"}:
            break
    assert running == {"web", "api"}, running
    found = core.list_namespaced_pod("shop", label_selector="app in (web)", field_selector="status.phase=Running")
    assert [one.metadata.name for one in found.items] == ["web"]


def policies_hold(core, networking):
    address = core.read_namespaced_pod("api", "shop").status.pod_ip
    command = ["sh", "-c", f"curl -s -m 1 http://{address} >/dev/null && echo open || echo closed"]

    def answer():
        return stream(core.connect_get_namespaced_pod_exec, "web", "shop", command=command,
                      stderr=False, stdin=False, stdout=True, tty=False, _request_timeout=SECONDS)

    assert answer() == "open\n", answer()
    networking.create_namespaced_network_policy("shop", policy("deny", policy_types=["Ingress"]))
    assert answer() == "closed\n", answer()
    allow = {"spec": {"ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]}}
    patched = networking.patch_namespaced_network_policy("deny", "shop", allow)
    assert patched.spec.ingress[0]._from[0].pod_selector.match_labels == {"app": "web"}
    assert answer() == "open\n", answer()


def refusals(core, networking):
    error = refused(409, networking.create_namespaced_network_policy, "shop", policy("deny"))
    assert '"reason":"AlreadyExists"' in error.body, error.body
    wrong = policy("wrong", ingress=[client.V1NetworkPolicyIngressRule(_from=[client.V1NetworkPolicyPeer()])])
    error = refused(422, networking.create_namespaced_network_policy, "shop", wrong)
    assert "must specify a peer" in error.body, error.body
    refused(404, core.read_namespaced_pod, "nobody", "shop")
    stale = core.create_namespaced_config_map("shop", client.V1ConfigMap(
        metadata=client.V1ObjectMeta(name="notes"), data={"a": "1"}))
    core.patch_namespaced_config_map("notes", "shop", {"data": {"a": "2"}})
    stale.data = {"a": "3"}
    refused(409, core.replace_namespaced_config_map, "notes", "shop", stale)


def everything_goes(core):
    core.delete_namespaced_pod("web", "shop", grace_period_seconds=0)
    core.delete_namespace("shop")
    for event in watch.Watch().stream(core.list_namespace, timeout_seconds=SECONDS):
        if event["type"] == "DELETED" and event["object"].metadata.name == "shop":
            break
    refused(404, core.read_namespace, "shop")


def main():
    config.load_kube_config(sys.argv[1])
    core, networking = client.CoreV1Api(), client.NetworkingV1Api()
    for step, arguments in [
        (versions_and_lists, [core]),
        (pods_run, [core]),
        (policies_hold, [core, networking]),
        (refusals, [core, networking]),
        (everything_goes, [core]),
    ]:
        step(*arguments)
        print(step.__name__)


main()
