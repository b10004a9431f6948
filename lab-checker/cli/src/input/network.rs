//! Whether a cluster's network is as a lab needs it.

use anyhow::Result;
use cluster::{Connection, Enforces, NetworkPlugin};
use course::{Lab, LabCni};

use crate::failure::Advice;
use crate::input::networks::{Known, Proved};
use crate::input::target::in_our_words;
use crate::terminal::next;

/// Refuses a lab in a cluster where the honest answer would be wrong: one that is about a network which ignores
/// policies, where they may be enforced; and one whose answer is found out by trying, where they are ignored.
pub(crate) async fn must_suit(lab: &Lab, connection: &Connection, known: Option<&Known>) -> Result<()> {
    let ignoring = lab.cni == LabCni::None;
    if !ignoring && !lab.asks_the_network() {
        return Ok(());
    }
    let plugins = match cluster::network_plugins(&connection.client).await {
        // Who may not look at what runs does not know.
        Err(error) if error.code() == Some(403) => Vec::new(),
        plugins => plugins.map_err(|error| in_our_words(error, connection))?,
    };
    let mut found: Vec<String> = plugins.iter().map(described).collect();
    found.extend(known.map(|known| format!("as the doctor found on {}", known.date)));
    let found = if found.is_empty() { String::new() } else { format!(" ({})", found.join(", ")) };
    let serve = next::command("serve");
    let advice_to_ignore = format!(
        "do it in the practice cluster of {serve}, where each lab has the network that it needs; or start a cluster \
         that ignores them: {}",
        next::command("cluster --cni none")
    );
    match (ignoring, enforces(&plugins, known)) {
        (true, Enforces::No) | (false, Enforces::Yes | Enforces::Unknown) => Ok(()),
        (true, Enforces::Unknown) if !connection.practice => Err(Advice::new(
            format!(
                "{} needs a network that ignores policies, and it is not known whether this one{found} does",
                lab.name
            ),
            advice_to_ignore,
        )
        .into()),
        (true, _) => Err(Advice::new(
            format!("{} needs a network that ignores policies, and this one{found} enforces them", lab.name),
            advice_to_ignore,
        )
        .into()),
        (false, Enforces::No) => Err(Advice::new(
            format!("{} needs a network that enforces policies, and this one{found} ignores them", lab.name),
            format!(
                "do it in the practice cluster of {serve} or {}, where each lab has the network that it needs",
                next::command("cluster")
            ),
        )
        .into()),
    }
}

/// What was tried counts for more than what runs.
fn enforces(plugins: &[NetworkPlugin], known: Option<&Known>) -> Enforces {
    match known.map(|known| known.proof) {
        Some(Proved::Enforced | Proved::Partly) => Enforces::Yes,
        Some(Proved::Ignored) => Enforces::No,
        None => cluster::enforces(plugins),
    }
}

fn described(plugin: &NetworkPlugin) -> String {
    format!("{}, {}", plugin.name, plugin.evidence)
}
