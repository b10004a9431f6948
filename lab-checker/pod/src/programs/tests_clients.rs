//! Clients of databases, nmap and tar: how they read whatever happens, as people see them.

use crate::testing::TestPods;

const PODS: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: shut}
---
apiVersion: v1
kind: Pod
metadata: {name: stores, namespace: shop, labels: {app: stores}}
spec:
  containers:
  - {name: redis, image: redis}
  - {name: mysql, image: mysql}
  - {name: postgres, image: postgres}
  - {name: mongo, image: mongo}
---
apiVersion: v1
kind: Service
metadata: {name: store, namespace: shop}
spec:
  selector: {app: stores}
  ports: [{name: a, port: 6379}, {name: b, port: 3306}, {name: c, port: 5432}, {name: d, port: 27017}]
---
apiVersion: v1
kind: Pod
metadata: {name: closed, namespace: shop}
spec: {containers: [{name: c, image: busybox, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: behind, namespace: shut}
spec: {containers: [{name: c, image: redis}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shut}
spec: {podSelector: {}, policyTypes: [Ingress]}
";

/// Images, and a command of each client with HOST where the host stands.
const CLIENTS: [(&str, &str); 12] = [
    ("redis:7", "redis-cli -h HOST ping"),
    ("redis:7-alpine", "redis-cli -h HOST -p 6379 get key"),
    ("bitnami/redis", "redis-cli -u redis://:secret@HOST:6379/0 info"),
    ("mysql:8", "mysql -h HOST -u root -psecret -e 'select 1'"),
    ("mariadb:11", "mariadb -hHOST -uroot -psecret"),
    ("mysql:8", "mysqladmin ping -h HOST"),
    ("postgres:16", "psql -h HOST -U postgres -c 'select 1'"),
    ("postgres:16-alpine", "psql postgresql://postgres:secret@HOST:5432/shop"),
    ("postgres:16", "psql 'host=HOST user=postgres'"),
    ("postgres:16", "pg_isready -h HOST"),
    ("mongo:7", "mongosh --host HOST --eval 'db.runCommand({ping: 1})'"),
    ("mongo:4", "mongo mongodb://HOST:27017/shop"),
];

#[tokio::test(start_paused = true)]
async fn clients_of_databases_end_whatever_happens_and_say_why() {
    for (number, (image, command)) in CLIENTS.into_iter().enumerate() {
        let client = format!(
            "{PODS}---\napiVersion: v1\nkind: Pod\nmetadata: {{name: client, namespace: shop}}\nspec: {{containers: [{{name: c, image: '{image}', command: [sleep, infinity]}}]}}\n"
        );
        let pods = TestPods::with(&client);
        let run = async |host: &str| pods.sh("shop/client", &command.replace("HOST", host)).await;
        let ran = run("store").await;
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
        let not_simulated = said.matches("not simulated in a practice cluster").count();
        assert_eq!(not_simulated, usize::from(!command.starts_with("pg_isready")), "{command}: {ran:?}");
        let refused = run(&pods.address("shop/closed")).await;
        let dropped = run(&pods.address("shut/behind")).await;
        let unknown = run("nobody").await;
        let code = if command.starts_with('p') { 2 } else { 1 };
        let words: [&str; 3] = match command.split(' ').next().unwrap() {
            "redis-cli" if number == 1 => ["Connection refused", "Operation timed out", "Name does not resolve"],
            "redis-cli" => ["Connection refused", "Connection timed out", "Name or service not known"],
            "mysql" | "mariadb" => ["ERROR 2003", "(110)", "ERROR 2005 (HY000): Unknown"],
            "mysqladmin" => ["(111)", "(110)", "Unknown MySQL server host"],
            "psql" => ["Connection refused\n\tIs the server", "timed out", "could not translate host name \"nobody\""],
            "pg_isready" => ["no response"; 3],
            _ => ["ECONNREFUSED", "Server selection timed out after 30000 ms", "getaddrinfo ENOTFOUND nobody"],
        };
        for (ran, word) in [refused, dropped, unknown].iter().zip(words) {
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(ran.code == code && said.contains(word), "{command}: {ran:?}, not {word}");
            assert!(ran.took.as_secs() <= 130, "{command}: {ran:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nmap_tells_open_from_closed_and_filtered() {
    let tools = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: tools, namespace: shop}\nspec: {containers: [{name: c, image: instrumentisto/nmap, command: [sleep, infinity]}]}\n";
    let pods = TestPods::with(&format!("{PODS}{tools}"));
    let run = async |line: &str| pods.sh("shop/tools", line).await.stdout;
    let stores = pods.address("shop/stores");
    let seen = run(&format!("nmap -p 80,3306,6379 {stores}")).await;
    assert!(seen.contains("80/tcp   closed http\n3306/tcp open   mysql\n6379/tcp open   redis\n"), "{seen}");
    let seen = run(&format!("nmap {stores}")).await;
    assert!(seen.contains("Not shown: ") && seen.contains("5432/tcp  open  postgresql\n"), "{seen}");
    let shut = pods.address("shut/behind");
    let seen = run(&format!("nmap -p6379 {shut}")).await;
    assert!(seen.contains("Host seems down") && seen.contains("(0 hosts up)"), "{seen}");
    let seen = run(&format!("nmap -Pn -p6379 {shut}")).await;
    assert!(seen.contains("6379/tcp filtered redis\n"), "{seen}");
    let ran = pods.sh("shop/tools", "nmap nobody").await;
    assert!(ran.stderr.contains("Failed to resolve \"nobody\"."), "{ran:?}");
}

#[tokio::test(start_paused = true)]
async fn tar_keeps_what_it_is_given() {
    let pods = TestPods::with(PODS);
    let ran = pods
        .sh(
            "shop/closed",
            "mkdir -p /a/b /out; echo one >/a/one; echo two >/a/b/two; tar cf - a | tar xf - -C /out; cat /out/a/one /out/a/b/two; \
             tar -cf /t.tar -C /a one; tar tf /t.tar; tar xf /t.tar -C /nowhere; echo $?; tar cf - /missing >/dev/null; echo $?",
        )
        .await;
    assert_eq!(ran.stdout, "one\ntwo\none\n1\n1\n", "{ran:?}");
}
