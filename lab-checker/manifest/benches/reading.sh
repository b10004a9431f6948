#!/bin/sh
# Reads 100,000 lines of YAML with `lab-checker lint` and with `kubectl create --dry-run=client`, in one run, and prints
# how long each takes and how much memory it holds at most: whole processes, the best of three runs each. kubectl asks
# an API server which kinds there are, so it is given a practice cluster.
# LAB_CHECKER names a release build, made here when it is not given; LAB_CHECKER_KUBECTL names the kubectl.
# usage: benches/reading.sh [LINES]
set -eu
cd "$(dirname "$0")/../../.."
if [ -z "${LAB_CHECKER:-}" ]; then
    cargo build --release --quiet
    LAB_CHECKER="${CARGO_TARGET_DIR:-target}/release/lab-checker"
fi
export LAB_CHECKER KUBECTL="${LAB_CHECKER_KUBECTL:-kubectl}" LINES="${1:-100000}"
work=$(mktemp -d)
"$LAB_CHECKER" cluster --data "$work" >"$work/cluster.out" 2>&1 &
cluster=$!
trap 'kill "$cluster"; wait "$cluster" 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -qs KUBECONFIG "$work/cluster.out"; do sleep 0.1; done
eval "$(grep KUBECONFIG "$work/cluster.out")"
WORK="$work" python3 - <<'MEASURE'
import os
import pathlib
import time

work = pathlib.Path(os.environ["WORK"])
lines = int(os.environ["LINES"])
document = """---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{n}
  namespace: team-{team}
  labels: {{app: web-{n}, tier: front}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app: web-{n}}}
  template:
    metadata:
      labels: {{app: web-{n}, tier: front}}
    spec:
      containers:
      - name: web
        image: nginx:1.29   # pinned
        ports:
        - containerPort: 8080
          name: http
        env:
        - name: GREETING
          value: "hello, {n}"
        resources:
          requests:
            cpu: 50m
            memory: 64Mi
---
apiVersion: v1
kind: Service
metadata:
  name: web-{n}
  namespace: team-{team}
spec:
  selector: {{app: web-{n}}}
  ports:
  - port: 80
    targetPort: http
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web-{n}
  namespace: team-{team}
spec:
  podSelector:
    matchLabels: {{app: web-{n}}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: team-{team}
    ports:
    - port: http
"""
text, count = [], 0
while count < lines:
    part = document.format(n=len(text), team=len(text) % 20)
    text.append(part)
    count += part.count("\n")
file = work / "all.yaml"
file.write_text("".join(text))

def once(command):
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvp(command[0], command)
    _, status, used = os.wait4(child, 0)
    return time.monotonic() - begun, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)

print(f"{count:,} lines, {file.stat().st_size / 1e6:.1f} MB, {len(text) * 3:,} objects\n")
print("| | seconds | MiB at most | exit code |\n|---|--:|--:|--:|")
kubectl = [os.environ["KUBECTL"], "create", "--dry-run=client", "-o", "name", "-f", str(file)]
own = os.environ["LAB_CHECKER"]
for name, command in [
    ("lab-checker lint", [own, "lint", "-f", str(file)]),
    ("lab-checker reach --count", [own, "reach", "-f", str(file), "--port", "80/TCP", "--count"]),
    ("kubectl create --dry-run=client", kubectl),
]:
    best = min(once(command) for _ in range(3))
    print(f"| `{name}` | {best[0]:.2f} | {best[1]:.0f} | {best[2]} |")
MEASURE
