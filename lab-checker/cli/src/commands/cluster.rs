//! `cluster`: a practice cluster alone, no course, no database.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use practice_cluster::{ClusterId, Enforcement, Options, PracticeClusters, Storage};

use crate::failure::Outcome;
use crate::input::data::{DataFolder, write_private};
use crate::input::target::answers;
use crate::runtime;
use crate::terminal::next::shell_word;
use crate::terminal::output;

/// A cluster that still runs on this machine answers so soon.
const SOON: Duration = Duration::from_secs(10);

/// Run a practice cluster alone; it is gone when the command ends
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 is any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    #[command(flatten)]
    data: DataFolder,
    /// How many nodes the cluster has
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    nodes: u16,
    /// What its network plugin does with NetworkPolicies
    #[arg(long, value_enum, default_value_t)]
    cni: Cni,
    /// How many milliseconds a changed policy takes to be enforced, as network plugins take their time
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=600_000))]
    enforcement_delay: u64,
}

const EXAMPLES: &str = "\
Examples:
  lab-checker cluster                          then paste the line it prints into another terminal
  lab-checker cluster --nodes 3
  lab-checker cluster --enforcement-delay 2000 a policy counts two seconds after it was applied
  lab-checker cluster --cni rejecting          blocked connections are refused, not left waiting
  lab-checker cluster --cni none               a network that stores policies and ignores them";

/// What the network plugin does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Cni {
    /// It enforces policies.
    #[default]
    Enforcing,
    /// The same, and who is blocked is told at once: connection refused.
    Rejecting,
    /// It ignores them.
    None,
}

/// The kubeconfig of this cluster. It goes with it.
struct Kubeconfig {
    path: PathBuf,
}

impl Kubeconfig {
    fn write(path: PathBuf, text: &str) -> Result<Self> {
        write_private(&path, text)?;
        Ok(Self { path })
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        // Somebody may have taken it away already.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Arguments {
    /// Serves until it is told to stop.
    pub(crate) fn run(self) -> Result<Outcome> {
        self.data.create()?;
        runtime::serve(async {
            let listener = server::listen(self.listen)
                .with_context(|| format!("cannot listen on {}; choose another with --listen", self.listen))?;
            let limits = server::Limits::of_this_process();
            let address = listener.local_addr().context("cannot tell the address that is listened on")?;
            let clusters = PracticeClusters::open(self.options()).await?;
            let id = ClusterId::random();
            clusters.create(&id).await?;
            self.sweep().await?;
            let text = clusters.kubeconfig(&id, &server::url_on_this_machine(address));
            let kubeconfig = Kubeconfig::write(self.data.cluster_kubeconfig(address)?, &text)?;
            if !address.ip().is_loopback() {
                output::warn(
                    "whoever sees the address in the kubeconfig may use this cluster, and it travels without TLS",
                )?;
            }
            let path = std::path::absolute(&kubeconfig.path)?.display().to_string();
            let mut out = output::stdout();
            writeln!(out, "export KUBECONFIG={}", shell_word(&path))?;
            out.flush()?;
            drop(out);
            let served = server::serve(listener, clusters.router(), limits, std::future::pending());
            tokio::select! {
                ended = served => ended.context("the cluster stopped by itself")?,
                () = runtime::told_to_stop() => {}
            }
            Ok(Outcome::Done)
        })
    }

    /// Takes away the kubeconfigs of clusters that ended without a word.
    async fn sweep(&self) -> Result<()> {
        let of_serve = self.data.kubeconfig()?;
        for path in self.data.kubeconfigs()?.into_iter().filter(|path| *path != of_serve) {
            let runs = match cluster::connect(Some(&path), None).await {
                Ok(connection) => answers(&connection.giving_up_after(Some(SOON))).await,
                Err(_) => false,
            };
            if !runs {
                std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        Ok(())
    }

    fn options(&self) -> Options {
        Options {
            storage: Storage::Memory,
            enforcement: match self.cni {
                Cni::Enforcing => Enforcement::Enforcing,
                Cni::Rejecting => Enforcement::Rejecting,
                Cni::None => Enforcement::None,
            },
            enforcement_delay: Duration::from_millis(self.enforcement_delay),
            nodes: self.nodes,
            ..Options::default()
        }
    }
}
