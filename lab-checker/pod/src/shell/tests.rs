//! Scripts and what they print.

use crate::script::{ParseError, parse};
use crate::testing::{Ran, TestPods};

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: box}
spec:
  containers:
  - name: c
    image: busybox
    command: [sleep, infinity]
    env: [{name: GREETING, value: hello}]
";

async fn run(script: &str) -> Ran {
    TestPods::with(POD).sh("default/box", script).await
}

/// The output and the exit code of a script that prints no error.
async fn check(script: &str, output: &str, code: u8) {
    let ran = run(script).await;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str(), ran.code), (output, "", code), "{script}");
}

#[tokio::test(start_paused = true)]
async fn words_and_quotes() {
    check("echo a  b 'c  d' \"e  f\" g\\ h", "a b c  d e  f g h\n", 0).await;
    check("echo \"$GREETING\" '$GREETING' ${GREETING}s", "hello $GREETING hellos\n", 0).await;
    check("X='a b'; echo $X \"$X\"", "a b a b\n", 0).await;
    check("echo ${NOPE:-none} ${#GREETING} ${GREETING%llo} ${GREETING#he}", "none 5 he llo\n", 0).await;
    check("echo -n a; echo -e 'b\\tc'", "ab\tc\n", 0).await;
    check("echo a # comment", "a\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn lists_and_status() {
    check("true && echo yes || echo no", "yes\n", 0).await;
    check("false && echo yes || echo no", "no\n", 0).await;
    check("false; echo $?", "1\n", 0).await;
    check("! false; echo $?", "0\n", 0).await;
    check("exit 7; echo never", "", 7).await;
    check("(exit 3); echo $?", "3\n", 0).await;
    check("set -e; false; echo never", "", 1).await;
    check("set -e; if false; then :; fi; false || true; echo on", "on\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn compound_commands() {
    check("for i in 1 2 3; do echo $i; done", "1\n2\n3\n", 0).await;
    check("for i in $(seq 1 3); do [ $i = 2 ] && continue; echo $i; done", "1\n3\n", 0).await;
    check("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i", "3\n", 0).await;
    check("i=5; until [ $i -eq 3 ]; do i=$((i - 1)); done; echo $i", "3\n", 0).await;
    check("if false; then echo a; elif true; then echo b; else echo c; fi", "b\n", 0).await;
    check("case web-1 in db*) echo db;; web*|api) echo web;; esac", "web\n", 0).await;
    check("f() { echo \"$1-$#\"; return 4; }; f x y; echo $?", "x-2\n4\n", 0).await;
    check("while true; do echo once; break; done", "once\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn expansions() {
    check("v=Ab; echo ${v^^} ${v,,}", "AB ab\n", 0).await;
    check(
        "v=a.b.c; echo ${v%.*} ${v%%.*} ${v#*.} ${v##*.} ${v:0:1} ${v:2} ${v/./-} ${v//./-}",
        "a.b a b.c c a b.c a-b.c a-b-c\n",
        0,
    )
    .await;
    check("e=; echo [${e-x}] [${e:-x}] [${e+y}] [${e:+y}] ${d:=set} $d", "[] [x] [y] [] set set\n", 0).await;
    check(
        "IFS=,; v=a,b; for i in $v; do echo $i; done; echo x:y | { IFS=: read -r l r; echo $r-$l; }",
        "a\nb\ny-x\n",
        0,
    )
    .await;
    check(
        "echo $((1 << 4)) $((6 & 3)) $((2**3)) $(( $(echo 3) + 1 )) $((1 ? 5 : 6)); let n=2+2; echo $n",
        "16 2 8 4 5\n4\n",
        0,
    )
    .await;
    check("mkdir /tmp/d; cd /tmp/d; touch b a c.x; echo * [ab] '*' ?.x; echo none*", "a b c.x a b * c.x\nnone*\n", 0)
        .await;
    check("echo {1..3} a{x,y}", "1 2 3 ax ay\n", 0).await;
    check("cat <<'END'\n$HOME\nEND\nx=$((1<<2)); echo $x", "$HOME\n4\n", 0).await;
    check(
        "[[ web-1 == web* ]] && [[ a =~ ^[a-c]$ ]] && echo yes; case '*' in \"*\") echo star;; esac",
        "yes\nstar\n",
        0,
    )
    .await;
    check(
        "trap 'echo bye' EXIT; (exit 3) & wait $!; echo $?; set -o pipefail; false | true; echo $?",
        "3\n1\nbye\n",
        0,
    )
    .await;
    let ran = run("set -u; echo $nope; echo never").await;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str(), ran.code), ("", "sh: nope: parameter not set\n", 2));
}

/// What a script prints, on both outputs.
async fn prints(script: &str, expected: &str) {
    let ran = run(script).await;
    assert_eq!(format!("{}{}", ran.stdout, ran.stderr), expected, "{script}");
}

#[tokio::test(start_paused = true)]
async fn the_side_of_an_expression_that_is_not_chosen_does_nothing() {
    // (what is not chosen, what the whole comes to)
    let forms = [
        ("0 ? {} : 7", 7),
        ("1 ? 7 : {}", 7),
        ("0 && {}", 0),
        ("1 || {}", 1),
        ("0 && {} && {}", 0),
        ("0 && {} || 1", 1),
        ("1 || {} && {}", 1),
        ("1 || {} || {}", 1),
        ("0 ? {} : 0 ? {} : 7", 7),
        ("1 ? 0 ? {} : 7 : {}", 7),
        ("0 && (1 ? {} : 2)", 0),
        ("0 && (1 || {})", 0),
        ("0 ? 1 && {} : 7", 7),
        ("(0 && {}) + (1 || {})", 1),
        ("n && 10 / n && {}", 0),
        ("n == 0 || 10 % n == {}", 1),
    ];
    let sides = [
        "(x = 5)",
        "(x += 5)",
        "x++",
        "++x",
        "x--",
        "--x",
        "(1 / 0)",
        "(1 % 0)",
        "(10 / n)",
        "(2 ** -1)",
        "(y = x = 1 / 0)",
    ];
    for (form, value) in forms {
        for side in sides {
            let expression = form.replace("{}", side);
            prints(&format!("n=0; x=3; y=4; echo $(({expression})) $x $y"), &format!("{value} 3 4\n")).await;
        }
    }
    prints("n=0; echo $((n ? 10/n : 0)); n=5; echo $((n ? 10/n : 0))", "0\n2\n").await;
}

#[tokio::test(start_paused = true)]
async fn the_side_of_an_expression_that_is_chosen_does_its_work() {
    for (expression, result) in [
        ("1 ? x = 5 : 0", "5 5"),
        ("0 ? 1 : (x = 6)", "6 6"),
        ("1 && x++", "1 4"),
        ("0 || (x = 0)", "0 0"),
        ("1 && 1 && (x += 2)", "1 5"),
        ("(x = 0) || x++ || ++x", "1 2"),
        ("x += x++", "6 6"),
        ("1 ? 2 : 3 ? 4 : 5", "2 3"),
        ("0 ? 2 : 0 ? 4 : 5", "5 3"),
        ("x ? x == 3 ? 30 : 31 : 32", "30 3"),
    ] {
        prints(&format!("x=3; echo $(({expression})) $x"), &format!("{result}\n")).await;
    }
    for side in ["1 / 0", "x % 0"] {
        for form in ["1 ? {} : 7", "0 ? 7 : {}", "1 && {}", "0 || {}", "0 && 1 || {}", "1 ? 0 || {} : 7"] {
            let ran = run(&format!("x=3; echo $(({})); echo never", form.replace("{}", side))).await;
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "sh: divide by zero\n"), "{form} {side}");
        }
    }
}

/// In bash and in busybox alike: from the right, tighter than `*`, looser than a sign.
#[tokio::test(start_paused = true)]
async fn powers() {
    for (expression, value) in [
        ("2 ** 3 ** 2", 512),
        ("2 ** 2 ** 0", 2),
        ("2 * 3 ** 2", 18),
        ("3 ** 2 * 2", 18),
        ("100 / 2 ** 2", 25),
        ("2 ** 3 / 3", 2),
        ("7 % 2 ** 2", 3),
        ("1 + 2 ** 3 + 1", 10),
        ("2 ** 2 ** 3 * 2", 512),
        ("-2 ** 2", 4),
        ("2 - 2 ** 2", -2),
        ("!2 ** 2", 0),
        ("~1 ** 2", 4),
        ("(2 ** 3) ** 2", 64),
        ("x ** x", 27),
        ("2 ** x++ ** 1", 8),
        ("0 ** 0", 1),
        ("2 ** 63", i64::MIN),
        ("2 ** 64", 0),
        ("3 ** 4294967296", 3_i64.wrapping_pow(u32::MAX).wrapping_mul(3)),
        ("1 ** 9223372036854775807", 1),
    ] {
        prints(&format!("x=3; echo $(({expression}))"), &format!("{value}\n")).await;
    }
    prints("echo $((2 ** -1))", "sh: exponent less than 0\n").await;
    prints("echo $((1 ? 2))", "sh: arithmetic syntax error\n").await;
}

#[tokio::test(start_paused = true)]
async fn filters() {
    check("yes | head -n 2; while :; do echo x; sleep 1; done | head -1", "y\ny\nx\n", 0).await;
    check("seq 1 100000 | tail -n 1; seq 200000 | wc -l; yes | head -c 4", "100000\n200000\ny\ny\n", 0).await;
    check(
        "printf 'ab\\nacc\\n' | grep -oE 'c+'; printf 'a\\nb\\n' | grep -n b; echo 'Pod' | grep -i pod",
        "cc\n2:b\nPod\n",
        0,
    )
    .await;
    check(
        "seq 5 | sed -n '2p;4,$p' ; echo 'a-b' | sed 's/\\(.\\)-\\(.\\)/\\2 \\1/'; seq 3 | sed 1d | sed '$!d'",
        "2\n4\n5\nb a\n3\n",
        0,
    )
    .await;
    check(
        "echo 'a b c' | awk '{print $2, $NF}'; seq 3 | awk 'NR==2'; seq 3 | awk '/[13]/ {print \"n=\" $1}' ",
        "b c\n2\nn=1\nn=3\n",
        0,
    )
    .await;
    check("printf '%03d|%-3s|%x|%.1f\\n' 7 a 255 1.25; echo aab | tr -s a | tr a-z A-Z", "007|a  |ff|1.2\nAB\n", 0)
        .await;
    check("seq 3 | xargs -n1 echo item", "item 1\nitem 2\nitem 3\n", 0).await;
    let ran = run("echo a | awk '{x[$1]++}'").await;
    assert_eq!((ran.stdout.as_str(), ran.code), ("", 2));
}

/// The limits hold in a debug build's stack, too.
#[tokio::test(start_paused = true)]
async fn scripts_that_ask_for_too_much() {
    let says = async |script: &str, message: &str| {
        let ran = run(script).await;
        assert!(ran.stderr.contains(message), "{script}: {ran:?}");
    };
    says("f() { f; }; f", "maximum nesting level exceeded").await;
    says("f() { x=$(f); }; f", "maximum nesting level exceeded").await;
    says("f() { { ( if f; then f; fi ) ; } ; }; f", "maximum nesting level exceeded").await;
    says("f() { eval f; }; f", "maximum nesting level exceeded").await;
    says("x='sh -c \"$x\"'; export x; sh -c \"$x\"", "maximum nesting level exceeded").await;
    says(&"env ".repeat(500), "maximum nesting level exceeded").await;
    says("timeout 2 sh -c 'f() { f | f & f; }; f'", "can't fork: Resource temporarily unavailable").await;
    says("x=0123456789; while :; do x=$x$x; done", "out of memory").await;
    says("i=0; while :; do eval v$i=0123456789; i=$((i+1)); done", "out of memory").await;
    says("x=$(yes)", "out of memory").await;
    says(&format!("echo $(({}1))", "a=".repeat(5000)), "arithmetic syntax error").await;
    says(&format!("echo $(({}1))", "(".repeat(1000)), "syntax error").await;
    says("echo $((1/0))", "divide by zero").await;
    let nested = async |open: &str| run(&open.repeat(2000)).await;
    for open in ["if ", "{ ", "(", "while ", "${a:-", "$((", "case x in x) ", "f() { ", "\"$(", "[ ! "] {
        assert_ne!(nested(open).await.code, 0, "{open}");
    }
}

/// What is behind `&` ends with its shell, and so does what that has begun: one moment later there is room again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_has_burnt_out_when_its_first_shell_has_ended() {
    // Five shells inside each other: once they find room, two beside each other do, as what was killed takes none.
    const AFTER: &str = "wait; i=0; until ( ( ( ( (:) ) ) ) ); do :; done 2>/dev/null; while [ $i -lt 40 ]; do (:) | (:); i=$((i+1)); done";
    for bomb in
        ["f() { f | f & }; f", "x='sh -c \"$x\" | sh -c \"$x\" &'; export x; sh -c \"$x\"", "f() { (f) & (f) & }; f"]
    {
        for _ in 0..20 {
            let ran = run(&format!("{{ {bomb}; }} 2>/dev/null; {AFTER}")).await;
            assert_eq!((ran.stderr.as_str(), ran.code), ("", 0), "{bomb}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pipes_and_redirections() {
    check("printf 'b\\na\\n' | sort | head -1", "a\n", 0).await;
    check("echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f; wc -l < /tmp/f", "one\ntwo\n2\n", 0).await;
    check("ls /nowhere >/dev/null 2>&1 || echo failed", "failed\n", 0).await;
    check("{ echo out; echo err >&2; } 2>/dev/null", "out\n", 0).await;
    check("echo err 2>&1 1>/dev/null | cat; cat <<EOF\nhi $GREETING\nEOF", "hi hello\n", 0).await;
    check("echo a | while read x; do echo got $x; done", "got a\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn mistakes() {
    let ran = run("foo; echo $?").await;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("127\n", "sh: foo: not found\n"));
    let ran = run("if true; then").await;
    assert_eq!((ran.stderr.as_str(), ran.code), ("sh: syntax error: unexpected end of file\n", 2));
    let ran = run("cat /nope").await;
    assert_eq!((ran.stderr.as_str(), ran.code), ("cat: can't open '/nope': No such file or directory\n", 1));
    assert_eq!(parse("echo 'a"), Err(ParseError::Unterminated("'")));
    assert_eq!(parse(&"$(".repeat(100)), Err(ParseError::Unterminated("(")));
    assert_eq!(parse(&"(".repeat(100)), Err(ParseError::TooDeep));
}

#[tokio::test(start_paused = true)]
async fn what_an_image_has_and_what_it_lacks() {
    let pods = TestPods::with(POD);
    let deploy = |name: &str, image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: c, image: {image}, command: [sleep, infinity]}}]}}"
        )
    };
    pods.create(&deploy("shoot", "nicolaka/netshoot"));
    pods.create(&deploy("debian", "debian"));
    let says = async |pod: &str, script: &str| {
        let ran = pods.sh(pod, script).await;
        (ran.stderr, ran.code)
    };
    let simulated = "tcpdump: this program is not simulated in a practice cluster\n".to_owned();
    assert_eq!(says("default/shoot", "tcpdump -i any").await, (simulated, 127));
    assert_eq!(says("default/box", "tcpdump -i any").await, ("sh: tcpdump: not found\n".to_owned(), 127));
    assert_eq!(says("default/debian", "curl web").await, ("sh: 1: curl: not found\n".to_owned(), 127));
    let bash = "bash: line 1: curl: command not found\n".to_owned();
    assert_eq!(says("default/debian", "bash -c 'curl web'").await, (bash, 127));
    check("echo a > /tmp/a; cp /tmp/a /tmp/b; mv /tmp/b /tmp/c; cat /tmp/a /tmp/c; ls /tmp", "a\na\na\nc\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn waiting_takes_the_time_it_says() {
    let ran = run("sleep 2; timeout 3 sleep 60; echo $?").await;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("143\n", "Terminated\n"));
    assert_eq!(ran.took.as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_endless_loop_can_be_stopped() {
    let ran = run("timeout 1 sh -c 'while true; do :; done'; echo $?").await;
    assert_eq!(ran.stdout, "143\n");
}

#[tokio::test(start_paused = true)]
async fn background_and_wait() {
    check("sleep 5 & wait; echo done", "done\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn the_container_s_own_files() {
    check("hostname; cat /etc/hostname", "box\nbox\n", 0).await;
    let conf =
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n";
    check("cat /etc/resolv.conf", conf, 0).await;
    check("cd /tmp && pwd; cd; pwd; whoami", "/tmp\n/root\nroot\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_terminal_with_line_editing_and_interrupt() {
    use crate::ancestors::Ancestors;
    use crate::process::Process;
    use crate::streams::Streams;
    use crate::streams::{Capture, Input, Output};
    let pods = TestPods::with(POD);
    let container = pods.container("default/box");
    let (keyboard, keys) = tokio::sync::mpsc::channel(16);
    let screen = Capture::default();
    let output = Output::Capture(screen.clone());
    let process = Process {
        environment: container.environment.clone(),
        directory: "/".to_owned(),
        container,
        arguments: vec!["sh".to_owned()],
        streams: Streams { stdin: Input::from_channel(keys), stdout: output.clone(), stderr: output, terminal: true },
        depth: 0,
        ancestors: Ancestors::default(),
    };
    let typing = async {
        let lines = ["echx\x7fo hi\r", "sleep 100\r", "\x03", "echo $?\r", "sleep 1.5\r", "cho o\x1b[D\x1b[H"];
        for keys in lines.into_iter().chain(["e\x1b[F\x1b[D\x1b[3~n\r", "sh\r", "exit 5\r", "exit\r"]) {
            keyboard.send(bytes::Bytes::from(keys)).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    };
    let (code, ()) = tokio::join!(crate::start(process).unwrap(), typing);
    // What is typed while a program runs is the next line.
    let expected = "/ # echx\x08 \x08o hi\r\nhi\r\n/ # sleep 100\r\n^C\r\n/ # echo $?\r\n130\r\n/ # sleep 1.5\r\n\
        cho o\x1b[D\x1b[H/ # cho o\x1b[D\x1b[4D\r\x1b[K/ # echo o\x1b[5D\x1b[5C\x1b[D\r\x1b[K/ # echo n\r\nn\r\n\
        / # sh\r\n/ # exit 5\r\r\n/ # exit\r\n";
    assert_eq!((code, screen.text().as_str()), (5, expected));
}

#[tokio::test(start_paused = true)]
async fn what_runs_when_nothing_more_is_typed_comes_to_its_end() {
    use crate::ancestors::Ancestors;
    use crate::process::Process;
    use crate::streams::{Capture, Input, Output, Streams};
    for (typed, expected) in [
        ("sleep 3; echo done\n", "/ # sleep 3; echo done\r\ndone\r\n/ # "),
        ("cat\nread\n", "/ # cat\r\nread\r\n/ # "),
        ("echo one\necho two", "/ # echo one\r\none\r\n/ # echo two"),
    ] {
        let pods = TestPods::with(POD);
        let container = pods.container("default/box");
        let (keyboard, keys) = tokio::sync::mpsc::channel(16);
        keyboard.send(bytes::Bytes::from(typed)).await.unwrap();
        drop(keyboard);
        let screen = Capture::default();
        let output = Output::Capture(screen.clone());
        let process = Process {
            environment: container.environment.clone(),
            directory: "/".to_owned(),
            container,
            arguments: vec!["sh".to_owned()],
            streams: Streams {
                stdin: Input::from_channel(keys),
                stdout: output.clone(),
                stderr: output,
                terminal: true,
            },
            depth: 0,
            ancestors: Ancestors::default(),
        };
        crate::start(process).unwrap().await;
        assert_eq!(screen.text(), expected, "{typed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_written_otherwise_and_files_that_are_found() {
    check("echo hello | base64; echo aGk= | base64 -d; echo; printf %080d 0 | base64 | wc -l", "aGVsbG8K\nhi\n2\n", 0)
        .await;
    check("printf %080d 0 | base64 -w 0 | wc -l; echo -n x >/tmp/x; base64 /tmp/x", "0\neA==\n", 0).await;
    let sum = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  -\n";
    check("echo -n x | sha256sum", sum, 0).await;
    check("echo '!!' | base64 -d 2>&1", "base64: truncated input\n", 1).await;
    let files = "mkdir -p /w/a/b; touch /w/a/one.txt /w/a/b/two.txt /w/a/b/three.TXT; cd /w; ";
    for (words, found) in [
        ("find a -name '*.txt'", "a/b/two.txt\na/one.txt\n"),
        ("find . -type d", ".\n./a\n./a/b\n"),
        ("find /w -maxdepth 2 -type f -iname '*.TXT'", "/w/a/one.txt\n"),
    ] {
        check(&format!("{files}{words}"), found, 0).await;
    }
    check("find /nosuch 2>&1", "find: /nosuch: No such file or directory\n", 1).await;
}

#[tokio::test(start_paused = true)]
async fn tail_follows_files_that_grow_and_files_that_begin_anew() {
    check(
        "echo 1 >/tmp/log; (sleep 2; echo 2 >>/tmp/log; sleep 2; echo 3 >/tmp/log) & timeout 9 tail -n+1 -F /tmp/log 2>/dev/null",
        "1\n2\n3\n",
        143,
    )
    .await;
    check("(sleep 2; echo new >/tmp/later) & timeout 5 tail -F /tmp/later 2>/dev/null", "new\n", 143).await;
}

#[tokio::test(start_paused = true)]
async fn jobs_at_a_prompt() {
    use crate::ancestors::Ancestors;
    use crate::process::Process;
    use crate::streams::{Capture, Input, Output, Streams};
    let pods = TestPods::with(POD);
    let container = pods.container("default/box");
    let (keyboard, keys) = tokio::sync::mpsc::channel(16);
    let screen = Capture::default();
    let output = Output::Capture(screen.clone());
    let process = Process {
        environment: container.environment.clone(),
        directory: "/".to_owned(),
        container,
        arguments: vec!["sh".to_owned()],
        streams: Streams { stdin: Input::from_channel(keys), stdout: output.clone(), stderr: output, terminal: true },
        depth: 0,
        ancestors: Ancestors::default(),
    };
    let lines = [
        "nc -lk -p 4444 &\r",
        "jobs\r",
        "echo hi | nc localhost 4444\r",
        "sleep 2 &\r",
        "sleep 3\r",
        "kill %1\r",
        "fg\r",
        "sleep 500 &\r",
        "fg %1\r",
        "\x03",
        "jobs\r",
        "exit\r",
    ];
    let typing = async {
        for keys in lines {
            keyboard.send(bytes::Bytes::from(keys)).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        }
    };
    let (code, ()) = tokio::join!(crate::start(process).unwrap(), typing);
    let done = |number: u32, state: &str, command: &str| format!("[{number}]+  {state:<26} {command}\r\n");
    let running = done(1, "Running", "nc -lk -p 4444");
    let (slept, killed) = (done(2, "Done", "sleep 2"), done(1, "Terminated", "nc -lk -p 4444"));
    let expected = format!(
        "/ # nc -lk -p 4444 &\r\n[1] 7\r\n/ # jobs\r\n{running}/ # echo hi | nc localhost 4444\r\nhi\r\n\
         / # sleep 2 &\r\n[2] 8\r\n/ # sleep 3\r\nkill %1\r\n{slept}/ # kill %1\r\n{killed}\
         / # fg\r\nsh: fg: current: no such job\r\n/ # sleep 500 &\r\n[1] 9\r\n/ # fg %1\r\nsleep 500\r\n^C\r\n\
         / # jobs\r\n/ # exit\r\n"
    );
    assert_eq!((code, screen.text().as_str()), (0, expected.as_str()));
}

#[tokio::test(start_paused = true)]
async fn files_of_what_runs_behind_are_there_and_grow() {
    check("echo hi >f & sleep 0.1; cat f", "hi\n", 0).await;
    check("(echo one; sleep 5; echo two) >f & sleep 1; cat f; wait; cat f", "one\none\ntwo\n", 0).await;
    check("sleep 100 >f 2>&1 & ls f; kill $!; ls f", "f\nf\n", 0).await;
    check("nc -lk -p 9 >got & sleep 1; echo hello | nc localhost 9; kill %1; cat got", "hello\n", 0).await;
    check("echo a >f; echo b >>f; cat f; : >f; wc -c <f", "a\nb\n0\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn listeners_send_what_they_read() {
    let serves = "while true; do echo x | nc -l -p 9000; done & sleep 1; ";
    let pods = || TestPods::with(&POD.replace("busybox", "nicolaka/netshoot"));
    for (script, output) in [
        ("curl -s http://localhost:9000; curl -s http://localhost:9000", "x\nx\n"),
        ("nc localhost 9000 </dev/null; nc localhost 9000 </dev/null", "x\nx\n"),
        ("wget -qO- http://localhost:9000/some/path", "x\n"),
    ] {
        let ran = pods().sh("default/box", &format!("{serves}{script}")).await;
        let written: String = ran.stdout.lines().filter(|line| *line == "x").map(|line| format!("{line}\n")).collect();
        assert_eq!((written.as_str(), ran.code), (output, 0), "{script}: {ran:?}");
    }
    check("nc -lk -p 9000 -e echo bye & sleep 1; nc localhost 9000; nc localhost 9000", "bye\nbye\n", 0).await;
    check("nc -lk -p 9000 -e cat & sleep 1; echo again | nc localhost 9000", "again\n", 0).await;
    let answer = "printf 'HTTP/1.1 404 Not Found\\r\\n\\r\\nnobody' | nc -l -p 80 >asked & sleep 1; ";
    let ran =
        pods().sh("default/box", &format!("{answer} curl -s -w '%{{http_code}}' http://localhost/a; cat asked")).await;
    assert!(ran.stdout.starts_with("nobody404GET /a HTTP/1.1\r\nHost: localhost\r\n"), "{ran:?}");
    let ran = pods().sh("default/box", "sleep 100 | nc -l -p 80 & sleep 1; curl -s -m 3 http://localhost").await;
    assert_eq!((ran.code, ran.took.as_secs()), (28, 4), "{ran:?}");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_on_the_disk_is_said_and_fails() {
    let full = "head -c 500000 /dev/zero >/tmp/most; ";
    for write in [
        "seq 100000 >f",
        "seq 100000 >>f",
        "echo start >f; seq 100000 >>f",
        "{ seq 50000; seq 50000; } >f",
        "(seq 100000) >f",
        "for i in 1 2 3; do seq 40000; done >f",
        "f() { seq 100000; }; f >f",
        "seq 100000 | cat >f",
        "yes 2>&1 >f",
    ] {
        let ran = run(&format!("{full}{write}")).await;
        assert_ne!(ran.code, 0, "{write}: {ran:?}");
        assert!(ran.stderr.contains("No space left on device"), "{write}: {ran:?}");
        // What there was room for is there, and what is taken away makes room again.
        let after = run(&format!("{full}{write}; rm /tmp/most f; echo on >f && cat f")).await;
        assert_eq!((after.stdout.as_str(), after.code), ("on\n", 0), "{write}: {after:?}");
    }
    let ran = run(&format!("{full}seq 100000 >f && echo done || echo failed")).await;
    assert_eq!(ran.stdout, "failed\n", "{ran:?}");
    check("seq 10000 >f && echo done; wc -l <f", "done\n10000\n", 0).await;
}
