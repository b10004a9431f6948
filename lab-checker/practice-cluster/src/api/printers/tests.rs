//! Cells as kubectl shows them.

use serde_json::{Value, json};

use super::age;
use super::printer::label_selector;
use super::table::printer;

#[test]
fn ages_have_at_most_two_units() {
    for (seconds, expected) in [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (468, "7m48s"),
        (600, "10m"),
        (10_800, "3h"),
        (12_000, "3h20m"),
        (172_799, "47h"),
        (180_000, "2d2h"),
        (691_200, "8d"),
        (-5, "<invalid>"),
    ] {
        assert_eq!(age::human(seconds), expected, "{seconds}");
    }
}

#[test]
fn selectors_read_as_kubectl_writes_them() {
    for (selector, expected) in [
        (json!({}), "<none>"),
        (json!({"matchLabels": {"b": "2", "a": "1"}}), "a=1,b=2"),
        (
            json!({"matchExpressions": [{"key": "env", "operator": "In", "values": ["stage", "prod"]}]}),
            "env in (prod,stage)",
        ),
        (json!({"matchExpressions": [{"key": "old", "operator": "DoesNotExist"}]}), "!old"),
    ] {
        assert_eq!(label_selector(&selector), expected);
    }
}

#[test]
fn a_pod_says_what_ails_it() {
    let columns = |object: &Value| {
        let cells = (printer(crate::resource::known("", "pods")).cells)(object);
        (cells[1].clone(), cells[2].clone())
    };
    let running = json!({
        "metadata": {"name": "web"}, "spec": {"containers": [{}]},
        "status": {"phase": "Running", "containerStatuses": [{"ready": true, "state": {"running": {}}}]},
    });
    assert_eq!(columns(&running), (json!("1/1"), json!("Running")));
    let waiting = json!({
        "spec": {"containers": [{}]},
        "status": {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]},
    });
    assert_eq!(columns(&waiting), (json!("0/1"), json!("ErrImagePull")));
    let mut ending = running;
    ending["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(columns(&ending).1, json!("Terminating"));
}
