//! Numbers that nobody means: no program stumbles over them, and none is mistaken for a small one.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::testing::TestPods;

/// A web server and two clients; nothing leaves `shut`, and the name server of `refused` is not there.
const PODS: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: open}
---
apiVersion: v1
kind: Namespace
metadata: {name: shut}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: open, labels: {app: web}}
spec: {containers: [{name: c, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: open}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tools, namespace: open}
spec: {containers: [{name: c, image: nicolaka/netshoot}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tools, namespace: shut}
spec: {containers: [{name: c, image: nicolaka/netshoot}]}
---
apiVersion: v1
kind: Pod
metadata: {name: box, namespace: shut}
spec: {containers: [{name: c, image: 'busybox:1.36'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agnhost, namespace: shut}
spec: {containers: [{name: c, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53'}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shut}
spec: {podSelector: {}, policyTypes: [Egress]}
";

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "7",
    "-1",
    "+1",
    "00",
    "1.5",
    ".5",
    "255",
    "256",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967295",
    "4294967296",
    "1000000000",
    "1000000001",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "1e308",
    "1e309",
    "-1e309",
    "1e-300",
    "inf",
    "nan",
    "0x7fffffffffffffff",
    "٣",
    "%",
    "-",
];

/// Whatever stands in the place of `{}`.
const COMMANDS: &[&str] = &[
    "nslookup -timeout={} web",
    "nslookup -retry={} web",
    "nslookup -timeout={} -retry={} 10.0.0.1",
    "dig +time={} web",
    "dig +tries={} web",
    "dig +timeout={} +retry={} -x 10.0.0.1",
    "dig +short +time={} +tries={} web SRV",
    "host -W {} web",
    "ping -c {} 10.244.0.9",
    "ping -c 2 -W {} 10.244.0.9",
    "ping -w {} 10.244.0.9",
    "ping -c 3 -i {} 10.244.0.9",
    "ping -c {} -i {} -W {} -w {} 127.0.0.1",
    "ping -q -c {} 127.0.0.1",
    "traceroute -m {} 10.244.0.9",
    "traceroute -m 2 -w {} 10.244.0.9",
    "curl -m {} 10.244.0.9",
    "curl --connect-timeout {} 10.244.0.9",
    "curl --retry {} -m 1 10.244.0.9",
    "curl --retry 2 --retry-delay {} -m 1 10.244.0.9",
    "curl --retry 2 --retry-max-time {} -m 1 10.244.0.9",
    "curl --max-time {} web",
    "curl 127.0.0.1:{}",
    "wget -T {} 10.244.0.9",
    "wget -T {} -t {} web",
    "wget -qO- 127.0.0.1:{}",
    "nc -w {} 10.244.0.9 80",
    "nc -z -w 1 10.244.0.9 {}",
    "nc -z -w 1 127.0.0.1 {}-{}",
    "nc -l -p {}",
    "nc -w {} -l 99",
    "telnet 127.0.0.1 {}",
    "httpd -f -p {}",
    "/agnhost connect 10.244.0.9:80 --timeout={}",
    "/agnhost connect 10.244.0.9:80 --timeout={}s",
    "/agnhost connect 10.244.0.9:{} --timeout=1s",
    "/agnhost netexec --http-port={}",
    "sleep {}",
    "sleep {} {}",
    "sleep {}d",
    "timeout {} sleep 1",
    "timeout -k {} {} sleep 1",
    "timeout -t {} sleep 1",
    "timeout {}d sleep 1",
    "watch -n {} echo a",
    "seq {} | head -n 3",
    "seq {} {} | head -n 3",
    "seq 1 {} 9 | head -n 3",
    "seq {} {} {} | head -n 3",
    "seq 3 | head -n {}",
    "seq 3 | head -c {}",
    "seq 3 | head -n -{}",
    "seq 3 | head -{}",
    "seq 3 | head --lines={}",
    "seq 3 | tail -n {}",
    "seq 3 | tail -n +{}",
    "seq 3 | tail -{}",
    "seq 3 | tail -c {}",
    "echo abc | cut -c {}",
    "echo abc | cut -c {}-{}",
    "echo abc | cut -c -{}",
    "echo a:b | cut -d : -f {}",
    "echo a:b | cut -d : -f {}-",
    "seq 3 | sort -k {}",
    "seq 3 | sort -n -k {},{}",
    "printf '{}\\n1\\n' | sort -n",
    "seq 3 | grep -m {} .",
    "seq 3 | grep -A {} 1",
    "seq 3 | grep -B {} 3",
    "seq 3 | grep -C {} 2",
    "seq 3 | grep --max-count={} .",
    "seq 3 | grep -E 'a{{}}'",
    "seq 3 | sed -n {}p",
    "seq 3 | sed -n 1,{}p",
    "seq 3 | sed s/1/2/{}",
    "seq 3 | sed {}q",
    "seq 3 | awk '{print ${}}'",
    "seq 3 | awk 'NR=={}'",
    "seq 3 | awk '$1 > {}'",
    "seq 3 | xargs -n {}",
    "seq 3 | xargs -L{}",
    "printf '%{}d' 1",
    "printf '%-{}s|' a",
    "printf '%0{}d' 1",
    "printf '%.{}f' 1.5",
    "printf '%.{}s' abc",
    "printf '%{}.{}f' 1",
    "printf %d {}",
    "printf %x {}",
    "printf %o {}",
    "printf %f {}",
    "printf '\\x{}'",
    "printf '\\0{}'",
    "echo -e '\\{}'",
    "echo abc | tr a-z '\\{}'",
    "echo abc | tr 'a-{}' b",
    "date +%{}",
    "date '+%{}N'",
    "expr {} + 1",
    "expr {} - {}",
    "expr {} / 3",
    "expr 1 % {}",
    "test {} -lt 1",
    "[ 1 -eq {} ]",
    "[ {} -ge {} ]",
    "[[ {} -gt 1 ]]",
    "exit {}",
    "f() { return {}; }; f",
    "while :; do break {}; done",
    "for i in 1 2; do continue {}; done",
    "shift {}",
    "set -- a b; shift {}; echo $#",
    "wait {}",
    "kill -{} 1",
    "kill {}",
    "kill %{}",
    "echo a | { read -t {} x; echo $x; }",
    "echo a | { read -n {} x; echo $x; }",
    "echo ${{}}",
    "set -- a; echo ${{}:-none}",
    "x=abcdef; echo ${x:{}}",
    "x=abcdef; echo ${x:1:{}}",
    "x=abcdef; echo ${x:{}:{}}",
    "echo {1..{}}",
    "echo {{}..3}",
    "echo $(({}))",
    "echo $(({} + 1))",
    "echo $(({} * {}))",
    "echo $((-({})))",
    "echo $((~{}))",
    "echo $((1 << {}))",
    "echo $(({} >> {}))",
    "echo $((7 / {}))",
    "echo $(({} / -1))",
    "echo $(({} % -1))",
    "echo $((2 ** {}))",
    "echo $(({} ** {}))",
    "x={}; echo $((x++ + ++x))",
    "x={}; echo $((x += x))",
    "x={}; echo $((x -= 1)) $((x *= x))",
    "let x={}+1; echo $x",
    "echo a >&{}",
    "echo a {}>/tmp/f",
    "cat <&{}",
    "bash -c 'echo > /dev/tcp/127.0.0.1/{}'",
    "ulimit -n {}",
    "time sleep {}",
    "yes {} | head -n 2",
    "sh -c 'sleep {} & wait $!'",
];

#[tokio::test(start_paused = true)]
async fn no_number_makes_a_program_stumble() {
    let pods = TestPods::with(PODS);
    for command in COMMANDS {
        for number in NUMBERS {
            let script = format!("timeout 30 sh -c '{}'", command.replace("{}", number).replace('\'', "'\\''"));
            for pod in ["shut/tools", "shut/box", "shut/agnhost"] {
                let ran = pods.sh(pod, &script).await;
                let printed = ran.stdout.len() + ran.stderr.len();
                assert!(
                    ran.took.as_secs() <= 30 && printed < 100_000,
                    "{pod}: {script}: {printed} bytes, {:?}",
                    ran.took
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_refuses_is_not_asked_for_ever() {
    let pods = TestPods::with(PODS);
    for (kind, name) in [("Pod", "coredns-7d764666f9-4xk2p"), ("Pod", "coredns-7d764666f9-9wq7t")] {
        pods.delete(kind, name);
    }
    for command in ["nslookup -retry={} web", "dig +tries={} web", "dig +retry={} web", "host -R {} web"] {
        for number in NUMBERS {
            let ran = pods.sh("open/tools", &command.replace("{}", number)).await;
            assert!(ran.stdout.len() < 20_000, "{command} {number}: {} bytes", ran.stdout.len());
        }
    }
}

/// What a script prints, on both outputs.
async fn check(script: &str, expected: &str) {
    let ran = TestPods::with(PODS).sh("open/tools", script).await;
    assert_eq!(format!("{}{}", ran.stdout, ran.stderr), expected, "{script}");
}

#[tokio::test(start_paused = true)]
async fn a_number_too_large_counts_as_the_largest() {
    for huge in ["18446744073709551616", "99999999999999999999999999"] {
        let fill = |script: &str| script.replace("{}", huge);
        check(&fill("seq 12 | head -n {} | wc -l"), "12\n").await;
        check(&fill("seq 3 | head -c {}"), "1\n2\n3\n").await;
        check(&fill("seq 3 | head -n -{}"), "").await;
        check(&fill("seq 12 | tail -n {} | wc -l"), "12\n").await;
        check(&fill("seq 3 | tail -n +{}"), "").await;
        check(&fill("echo abc | cut -c {}-"), "\n").await;
        check(&fill("echo abc | cut -c 2-{}"), "bc\n").await;
        check(&fill("seq 3 | grep -m {} ."), "1\n2\n3\n").await;
        check(&fill("seq 3 | grep -A {} 1"), "1\n2\n3\n").await;
        check(&fill("seq 3 | grep -B {} 3"), "1\n2\n3\n").await;
        check(&fill("seq 3 | sed -n 2,{}p"), "2\n3\n").await;
        check(&fill("seq 3 | sed {}q | wc -l"), "3\n").await;
        check(&fill("seq 3 | xargs -n {}"), "1 2 3\n").await;
        check(&fill("seq {} | head -n 2"), "1\n2\n").await;
        check(&fill("seq 9223372036854775806 {}"), "9223372036854775806\n9223372036854775807\n").await;
        check(&fill("seq 5 -{} 1"), "5\n").await;
        check(&fill("printf %d {}"), "9223372036854775807").await;
        check(&fill("printf %d -{}"), "-9223372036854775808").await;
        check(&fill("timeout 5 sleep {}; echo $?"), "143\nTerminated\n").await;
        check(&fill("timeout {} echo done"), "done\n").await;
        check(&fill("curl -s -m {} web | grep -c Welcome"), "2\n").await;
    }
    check("seq x", "seq: invalid number 'x'\n").await;
    check("seq -s , 3; seq 3 -1 1; seq 3 1", "1,2,3\n3\n2\n1\n").await;
    check("seq 1 x", "seq: invalid number 'x'\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_filter_holds_only_so_much() {
    // A line of 100,000 bytes, 500 times: what looks back keeps the last of them, not all.
    let line = "x=0123456789; x=$x$x$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x$x$x; y=$x$x$x$x$x$x$x$x$x$x; seq 500 | xargs -n 1 -I {} echo {}";
    for filter in ["tail -n 99999999 | wc -c", "grep -B 99999999 ^500 | wc -c"] {
        let script =
            format!("{}; yes $y | head -n 500 | {{ cat; echo 500; }} | {filter}", line.split("; seq").next().unwrap());
        let ran = TestPods::with(PODS).sh("open/tools", &script).await;
        let bytes: usize = ran.stdout.trim().parse().unwrap();
        assert!(bytes < 9 << 20, "{filter}: {bytes}");
    }
}

/// Words that mean something to a shell, to sed, to awk or to a program, and parts of such words.
const WORDS: &str = "echo sh -c ' \" $ ${ } $( ) ` (( )) $(( | || && & ; ;; < > >> << <<< EOF 2>&1 if then else fi while do \
    done for in case esac x y = x=1 $x ${x:- ${x# ${x%%* ${x/a/ ${x:1: ${#x} * ? [a- ] [! \\ é # ! ~ { 1..3 , sed s/a/b/ \
    s/\\( \\)/ -n -e -E p 1,$ $! /x/ awk '{print $1}' {print $NF NR==1 -F : grep -o -w [ [[ =~ test -f printf %s %5d % \\x \
    \\0 tr a-z [:upper:] cut -d 1- sort -k uniq head tail xargs -I {} seq 3 eval exec trap EXIT set -- shift read local \
    export unset cd /tmp .. / cat /etc/hosts curl http:// web :80 @ [::1] -H %{http_code} wget -O - nc -z -l nslookup dig \
    +short ping -c1 date +% timeout 1 watch env -i time ip busybox f() return break continue wait kill %1 jobs ** ++ 0x \
    expr let tee ls rm mv cp mkdir apk add /agnhost connect";

/// A script of such words and of any characters.
fn soup() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.split_whitespace().chain(["\n", "\nEOF\n", "\t", "\r"]).collect();
    let word = prop_oneof![9 => select(words).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    let spaced = (word, prop_oneof![Just(" "), Just("")]).prop_map(|(word, space)| word + space);
    vec(spaced, 1..25).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is typed comes to an end, with a message or without.
    #[test]
    fn any_soup_of_words_is_a_script_or_none(script in soup()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let pods = TestPods::with(PODS);
            for shell in ["sh", "bash"] {
                let ran = pods.exec("shut/tools", &["timeout", "5", shell, "-c", &script]).await;
                assert!(ran.took.as_secs() <= 5, "{ran:?}");
            }
        });
    }
}
