//! The kubectl of the terminal beside the real one: the same commands in the same clusters, and the same words.

use std::fmt::Write;

use practice_cluster::World;

use crate::normal::normal;
use crate::server::{Said, Server};
use crate::terminal::Typist;

const POLICY: &str = r#"apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
  labels: {lesson: "2"}
spec:
  podSelector:
    matchLabels: {app: web}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector: {matchLabels: {role: front}}
        - namespaceSelector: {}
          podSelector:
            matchExpressions:
              - {key: env, operator: In, values: [stage, prod]}
              - {key: gone, operator: DoesNotExist}
      ports:
        - {port: 80, protocol: TCP}
        - {port: 8000, endPort: 8100, protocol: UDP}
    - from:
        - ipBlock: {cidr: 10.0.0.0/16, except: [10.0.1.0/24, 10.0.2.0/24]}
        - ipBlock: {cidr: 192.0.2.0/24}
  egress:
    - to:
        - namespaceSelector: {matchLabels: {team: ops}}
"#;

const PODS: &str = r#"apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, role: front}, annotations: {note: "a <b> & c"}}
spec:
  containers:
    - name: c
      image: nginx
      args: ["-g", "daemon off;"]
      ports: [{containerPort: 80, name: http}]
      env: [{name: MODE, value: "yes"}, {name: NS, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]
      readinessProbe: {httpGet: {path: /, port: 80}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  containers:
    - {name: a, image: redis, resources: {limits: {cpu: 100m, memory: 64Mi}}}
    - {name: b, image: busybox, command: [sh, -c, "echo hello; sleep 100000"]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: web, port: 80, targetPort: http}, {name: alt, port: 81}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: shop}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: notes, namespace: shop}
data: {one: "1", two: "a\nb\n", empty: ""}
"#;

/// The files that commands name.
const FILES: [(&str, &str); 8] = [
    ("pods.yaml", PODS),
    ("policy.yaml", POLICY),
    (
        "port.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {podSelector: {}, ingress: [{ports: [{port: 70000}]}]}\n",
    ),
    (
        "many.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {podSelector: {}, ingress: [{ports: [{port: 70000}, {port: 80, endPort: 10}]}]}\n",
    ),
    (
        "field.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\nspec: {podSelector: {}, ingres: []}\n",
    ),
    (
        "kind.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolcy\nmetadata: {name: x, namespace: shop}\nspec: {}\n",
    ),
    ("nowhere.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: nowhere}\n"),
    ("noname.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: shop}\n"),
];

/// A cluster with a real kubectl and the terminal's.
struct Both {
    server: Server,
}

impl Both {
    fn new() -> Self {
        let server = Server::start();
        for (name, text) in FILES {
            std::fs::write(server.folder().join(name), text).expect("a file");
        }
        Self { server }
    }

    fn typist(&self) -> Typist<'_> {
        let Server { clusters, id, .. } = &self.server;
        let typist = Typist::at(self.server.runtime(), clusters, id, &World::sandbox());
        FILES.iter().for_each(|(name, text)| typist.home.put(name, text));
        typist
    }

    fn real(&self, line: &str) -> Said {
        self.server.sh(line, self.server.folder(), None)
    }
}

fn differs(report: &mut String, line: &str, real: &Said, ours: &Said) {
    let _ = writeln!(
        report,
        "== {line}\n-- real {}\n{}{}\n-- ours {}\n{}{}",
        real.code, real.stdout, real.stderr, ours.code, ours.stdout, ours.stderr
    );
}

/// What only looks, on one cluster: byte for byte.
const LOOKING: &str = "
kubectl get ns
kubectl get pods -n shop
kubectl get pods -n shop -o wide
kubectl get pods -n shop --show-labels
kubectl get pods -n shop -L app,role
kubectl get pods -n shop -l app=web --no-headers
kubectl get po,svc,netpol -n shop
kubectl get all -n shop
kubectl get pods -A
kubectl get pods -A -o wide
kubectl get nodes -o wide
kubectl get pods,ns -A
kubectl get ns,pods -A
kubectl get ns -A
kubectl get pod web db -n shop
kubectl get pod/web svc/web -n shop
kubectl get pod web nosuch -n shop
kubectl get netpol -n shop -o yaml
kubectl get netpol web -n shop -o json
kubectl get pod web -n shop -o yaml
kubectl get pod db -n shop -o json
kubectl get cm notes -n shop -o yaml
kubectl get svc -n shop -o yaml
kubectl get endpointslices -n shop -o yaml
kubectl get pods -n shop -o name
kubectl get pod,svc -n shop -o name
kubectl get netpol web -n shop -o jsonpath='{.spec.podSelector}'
kubectl get pods -n shop -o jsonpath='{range .items[*]}{.metadata.name}{\"\\t\"}{.status.podIP}{\"\\n\"}{end}'
kubectl get pods -n shop -o jsonpath='{.items[*].metadata.name}'
kubectl get netpol -n shop -o custom-columns=NAME:.metadata.name,TYPES:.spec.policyTypes,NONE:.nothing
kubectl get pods -n shop --sort-by=.metadata.name
kubectl get pods -n shop --field-selector metadata.name=db
kubectl get pods -n shop --field-selector spec.x=1
kubectl get pods -n shop -l 'a in'
kubectl get foo
kubectl get
kubectl get netpols -n shop
kubectl get networkpolicies.v1.networking.k8s.io -n shop
kubectl get netpol
kubectl get netpol -A
kubectl get netpol nosuch -n shop
kubectl get pods -n nowhere
kubectl get pods --nosuch
kubectl get pods -Z
kubectl get pods -n
kubectl get pods -o nosuch
kubectl nosuch
kubectl describe netpol -n shop
kubectl describe netpol nosuch -n shop
kubectl describe pod web -n shop
kubectl describe pod db -n shop
kubectl describe pods -n shop
kubectl describe svc web -n shop
kubectl describe svc empty -n shop
kubectl describe svc -n default
kubectl describe ns shop
kubectl describe cm notes -n shop
kubectl describe netpol
kubectl exec -n shop web -- hostname
kubectl exec -n shop web hostname
kubectl exec -n shop nosuch -- hostname
kubectl exec -n shop web -c nosuch -- hostname
kubectl exec -n shop db -- hostname
kubectl exec -n shop web -- false
kubectl exec -n shop web -- sh -c 'echo out; echo err >&2; exit 3'
kubectl exec -n shop deploy/nosuch -- hostname
kubectl exec -n shop svc/web -- hostname
kubectl exec -n shop web
kubectl exec
echo hello | kubectl exec -i -n shop web -- cat
kubectl logs -n shop db -c b
kubectl logs -n shop db
kubectl logs -n shop nosuch
kubectl logs -n shop web -c nosuch
kubectl logs -n shop db -c b --tail=1
kubectl apply
kubectl apply -f nosuchfile.yaml
kubectl apply -f port.yaml
kubectl apply -f many.yaml
kubectl apply -f field.yaml
kubectl apply -f kind.yaml
kubectl apply -f nowhere.yaml
kubectl apply -f policy.yaml -n default
kubectl apply -f policy.yaml
kubectl apply -f policy.yaml --dry-run=client
kubectl create -f policy.yaml
kubectl create -f port.yaml --dry-run=client
kubectl create ns shop
kubectl create ns Bad_Name
kubectl create deployment x --image=nginx:1.27 --port=80 --replicas=2 --dry-run=client -o yaml
kubectl create ns x --dry-run=client -o yaml
kubectl run tmp --image=busybox --dry-run=client -o yaml
kubectl run tmp --image=busybox --labels=a=b,c=d --env=X=1 --restart=Never --dry-run=client -o yaml -- sleep 1
kubectl expose pod web -n shop --port 80 --dry-run=client -o yaml
kubectl expose pod nosuch -n shop --port 80
kubectl label pod web -n shop app=other
kubectl label pod web -n shop 'app=bad value'
kubectl label pod web -n shop
kubectl annotate pod web -n shop note=other
kubectl delete pod nosuch -n shop
kubectl delete pod -n shop
kubectl delete netpol web -n shop --dry-run=client
kubectl config current-context
";

#[test]
fn what_only_looks_prints_the_same_byte_for_byte() {
    let both = Both::new();
    both.server.kubectl("apply -f pods.yaml -f policy.yaml");
    both.server.eventually(
        "get pods -n shop --field-selector status.phase=Running -o jsonpath='{.items[*].metadata.name}'",
        "db web",
    );
    let mut typist = both.typist();
    let mut report = String::new();
    for line in LOOKING.lines().filter(|line| !line.is_empty()) {
        // A second may pass between the two, and an age change.
        let tries = (0..4).map(|_| (both.real(line), typist.run(line)));
        let mut last = None;
        if !tries.into_iter().any(|(real, ours)| {
            let same = real == ours;
            last = Some((real, ours));
            same
        }) && let Some((real, ours)) = last
        {
            differs(&mut report, line, &real, &ours);
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// What changes things, each in a cluster of its own.
const CHANGING: &str = "
kubectl apply -f pods.yaml
kubectl apply -f pods.yaml
kubectl apply -f policy.yaml
kubectl apply -f field.yaml
sed 's/80, protocol/81, protocol/' policy.yaml | kubectl apply -f -
kubectl apply -f policy.yaml
kubectl get netpol web -n shop -o yaml
sed 's/image: nginx/image: nginx:1.27/' pods.yaml | kubectl apply -f -
kubectl get pod web -n shop -o jsonpath='{.spec.containers[0].image}'
kubectl create ns ops
kubectl label ns ops team=ops
kubectl label ns ops team=ops
kubectl label ns ops team=dev --overwrite
kubectl label ns ops team- other=1
kubectl label ns ops team-
kubectl label ns ops other-
kubectl label pods --all -n shop tier=x
kubectl get pods -n shop --show-labels
kubectl annotate ns ops note=hello
kubectl annotate ns ops note-
kubectl get ns ops -o yaml
kubectl create deployment dep -n ops --image=nginx --port=80
kubectl expose deployment dep -n ops
kubectl expose deployment dep -n ops
kubectl get svc -n ops -o yaml
kubectl run tmp -n ops --image=busybox --restart=Never -- sleep 100000
kubectl run tmp -n ops --image=busybox
kubectl get pod tmp -n ops -o jsonpath='{.spec.containers[0]}'
kubectl create configmap c -n ops --from-literal=a=b --from-literal=c=d
kubectl get cm c -n ops -o yaml
kubectl create service clusterip s -n ops --tcp=80:8080
kubectl get svc s -n ops -o yaml
kubectl delete pod tmp -n ops --now
kubectl delete svc s -n ops
kubectl delete cm c -n ops --dry-run=server
kubectl delete -f policy.yaml
kubectl delete netpol --all -n shop
kubectl delete pod -n shop -l app=db --now
kubectl delete pod nosuch -n shop --ignore-not-found
kubectl delete ns ops
kubectl get ns
kubectl config set-context --current --namespace=shop
kubectl get pods
kubectl config view --minify -o jsonpath='{..namespace}'
";

#[test]
fn what_changes_a_cluster_changes_it_the_same_way() {
    let (real, ours) = (Both::new(), Both::new());
    let mut typist = ours.typist();
    let mut report = String::new();
    for line in CHANGING.lines().filter(|line| !line.is_empty()) {
        let (real, ours) = (real.real(line), typist.run(line));
        let same = |a: &str, b: &str| normal(a) == normal(b);
        if real.code != ours.code || !same(&real.stdout, &ours.stdout) || !same(&real.stderr, &ours.stderr) {
            differs(&mut report, line, &real, &ours);
        }
    }
    assert!(report.is_empty(), "{report}");
}
