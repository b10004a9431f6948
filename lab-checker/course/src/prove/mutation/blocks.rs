//! Blocks of addresses, and the holes in them.

use ipnet::IpNet;
use serde_json::json;

use super::edit::Edits;
use super::places::peers;

pub(super) fn change(edits: &mut Edits<'_>) {
    for peer in peers(edits) {
        let cidr = format!("{peer}/ipBlock/cidr");
        let except = format!("{peer}/ipBlock/except");
        let Some(block) = edits.get(&cidr).as_str().and_then(|text| text.parse::<IpNet>().ok()) else { continue };
        other_blocks(edits, "block", &cidr, block);
        edits.remove("holes dropped", &except, "left out");
        for hole in edits.items(&except) {
            edits.remove("hole dropped", &hole, "left out");
            if let Some(block) = edits.get(&hole).as_str().and_then(|text| text.parse::<IpNet>().ok()) {
                other_blocks(edits, "hole", &hole, block);
            }
        }
        for hole in parts(block).into_iter().chain(quarter(block)) {
            edits.append("hole added", &except, format!("{hole} added"), json!(hole.to_string()));
        }
    }
}

/// The block changed in its size or its place.
pub(super) fn other_blocks(edits: &mut Edits<'_>, what: &'static str, pointer: &str, block: IpNet) {
    let (widened, halved, shifted) = match what {
        "hole" => ("hole widened", "hole halved", "hole shifted"),
        _ => ("block widened", "block halved", "block shifted"),
    };
    let mut put = |operator: &'static str, other: IpNet| {
        edits.set(operator, pointer, format!("{other} instead of {block}"), other.to_string());
    };
    if let Some(wider) = block.supernet() {
        put(widened, wider);
    }
    for half in parts(block) {
        put(halved, half);
    }
    if let Some(next) = neighbour(block) {
        put(shifted, next);
    }
}

/// Its two halves; none of a single address.
pub(super) fn parts(block: IpNet) -> Vec<IpNet> {
    block.subnets(block.prefix_len() + 1).into_iter().flatten().collect()
}

fn quarter(block: IpNet) -> Option<IpNet> {
    parts(parts(block).pop()?).pop()
}

/// The other half of the block that is twice as large.
fn neighbour(block: IpNet) -> Option<IpNet> {
    parts(block.supernet()?).into_iter().find(|half| *half != block.trunc())
}
