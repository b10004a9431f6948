//! Everything in a cluster that decides about traffic, read once and kept up to date through watches: a change costs the
//! object that changed, and no other is read again.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::try_join_all;
use futures::stream::{self, BoxStream, SelectAll, StreamExt};
use kube::Client;
use manifest::kinds::Kind;
use manifest::{OtherPolicyKind, Unevaluated};

use crate::error::ClusterError;
use crate::heard::{Heard, LOOKS};
use crate::other_policies::{self, OtherPolicies};
use crate::part::{Part, What, looks};
use crate::read::Reading;
use crate::resource::read_by_checks;

/// Changes that come together (an applied file, a rollout) are one.
const TOGETHER: Duration = Duration::from_millis(30);

/// Everything in a cluster that decides about traffic, as it is now.
pub struct Live {
    client: Client,
    parts: Vec<Part>,
    /// What could not be looked at when it began.
    unseen: Vec<String>,
    events: SelectAll<BoxStream<'static, (usize, Heard)>>,
    /// A watch was lost, and nothing was heard since.
    lost: bool,
    /// Kinds of policies have come or gone.
    stale: bool,
    /// A loss that comes after a change has been told.
    pending: Option<ClusterError>,
    /// Something has changed that nobody has been told yet.
    news: bool,
    /// What pods hang on is not what it was: what is not watched is to be read again.
    outdated: bool,
    /// What can be listed and not watched, as far as nobody has been told yet.
    unwatched: BTreeSet<&'static str>,
}

impl Live {
    /// Reads everything of the kinds that are judged, and goes on watching it. A change of what makes pods shows in its
    /// pods, and that is when it is read again.
    ///
    /// # Errors
    /// As [`read`](crate::read()).
    pub async fn begin(client: &Client, judged: impl Fn(&Kind) -> bool) -> Result<Self, ClusterError> {
        let all = read_by_checks().filter(|kind| judged(kind)).map(|kind| What::Kind { kind, alone: None });
        Self::of(client, all.collect()).await
    }

    /// The same of some namespaces alone, for who has rights in these and no others.
    ///
    /// # Errors
    /// As [`read_in`](crate::read_in).
    pub async fn begin_in(
        client: &Client,
        namespaces: &[&str],
        judged: impl Fn(&Kind) -> bool,
    ) -> Result<Self, ClusterError> {
        let each = |kind: &'static Kind| {
            let alone = if kind.namespaced || kind.name == "Namespace" { namespaces } else { &[] };
            let parts: Vec<What> =
                alone.iter().map(|name| What::Kind { kind, alone: Some((*name).to_owned()) }).collect();
            if parts.is_empty() { vec![What::Kind { kind, alone: None }] } else { parts }
        };
        Self::of(client, read_by_checks().filter(|kind| judged(kind)).flat_map(each).collect()).await
    }

    async fn of(client: &Client, mut all: Vec<What>) -> Result<Self, ClusterError> {
        let mut unseen = Vec::new();
        let served = other_policies::served(client, &mut unseen).await?;
        all.retain(|what| what.is_served(&served));
        all.extend(served.policies.into_iter().map(What::Others).chain([What::Definitions]));
        let events = all.iter().enumerate().filter(|(_, what)| what.is_watched());
        let events = events.map(|(at, what)| what.watch(client).map(move |heard| (at, heard)).boxed());
        let mut live = Self {
            client: client.clone(),
            events: stream::select_all(events.collect::<Vec<_>>()),
            parts: all.into_iter().map(Part::new).collect(),
            unseen,
            lost: false,
            stale: false,
            pending: None,
            news: false,
            outdated: false,
            unwatched: BTreeSet::new(),
        };
        while !live.parts.iter().all(|part| part.stands || !part.what.is_watched()) {
            let Some((at, heard)) = live.events.next().await else { break };
            match heard {
                Heard::Lost(error) => return Err(error),
                Heard::Refused(error) => live.refused(at, error).await?,
                Heard::Unwatched => live.is_unwatched(at),
                heard => _ = live.parts[at].hear(heard),
            }
        }
        live.read_unwatched().await?;
        Ok(live)
    }

    /// Reads what is not watched.
    async fn read_unwatched(&mut self) -> Result<(), ClusterError> {
        let client = &self.client;
        let parts = self.parts.iter_mut().filter(|part| !part.what.is_watched());
        try_join_all(parts.map(|part| part.read(client))).await?;
        for part in &mut self.parts {
            part.hangs_on = part.needed();
        }
        self.outdated = false;
        Ok(())
    }

    /// Does without what is not to be had; a namespace that can be looked at alone is looked at again and again.
    async fn refused(&mut self, at: usize, error: ClusterError) -> Result<(), ClusterError> {
        self.parts[at].refused(&self.client, error).await?;
        let What::Kind { kind, alone: Some(name) } = &self.parts[at].what else { return Ok(()) };
        if !kind.namespaced && self.parts[at].unread.is_none() {
            let looks = looks(self.client.clone(), kind, name.clone());
            self.events.push(looks.map(move |heard| (at, heard)).boxed());
        }
        Ok(())
    }

    fn is_unwatched(&mut self, at: usize) {
        self.unwatched.insert(match &self.parts[at].what {
            What::Kind { kind, .. } => kind.plural,
            What::Others(_) => "policies of other kinds",
            What::Definitions => "customresourcedefinitions",
        });
    }

    /// What can be listed and not watched, so that its changes are seen only every few seconds: told once.
    pub fn unwatched(&mut self) -> Option<String> {
        let names: Vec<&str> = std::mem::take(&mut self.unwatched).into_iter().collect();
        let seconds = LOOKS.as_secs();
        (!names.is_empty()).then(|| {
            format!("these rights let list {}, and not watch: it is looked every {seconds} seconds", names.join(", "))
        })
    }

    /// Waits until something is not as it was; changes that come together are one. It may be dropped and asked again.
    ///
    /// # Errors
    /// When a watch was lost. It is taken up again by itself, so that one may go on asking; what comes next says that the
    /// cluster is back.
    pub async fn changed(&mut self) -> Result<(), ClusterError> {
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        while !self.news {
            self.news = self.next().await?;
        }
        let quiet = tokio::time::sleep(TOGETHER);
        let mut quiet = std::pin::pin!(quiet);
        loop {
            tokio::select! {
                () = &mut quiet => break,
                next = self.next() => if let Err(error) = next {
                    self.pending = Some(error);
                    break;
                },
            }
        }
        if self.outdated && self.pending.is_none() {
            self.read_unwatched().await?;
        }
        self.news = false;
        Ok(())
    }

    /// Hears one word; whether it says something new.
    async fn next(&mut self) -> Result<bool, ClusterError> {
        let Some((at, heard)) = self.events.next().await else { return std::future::pending().await };
        match heard {
            Heard::Lost(error) | Heard::Refused(error) => {
                self.lost = true;
                Err(error)
            }
            Heard::Unwatched => {
                self.is_unwatched(at);
                Ok(true)
            }
            heard => {
                let speaks = matches!(heard, Heard::Stands | Heard::Applied(_) | Heard::Deleted(_));
                let back = speaks && std::mem::take(&mut self.lost);
                if matches!(self.parts[at].what, What::Definitions) {
                    let stale = is_about_policies(&heard);
                    self.stale |= stale;
                    return Ok(stale || back);
                }
                let part = &mut self.parts[at];
                let changed = part.hear(heard);
                self.outdated |= changed && part.needed() != part.hangs_on;
                Ok(changed || back)
            }
        }
    }

    /// Whether kinds of policies have come or gone, so that it is to be begun anew.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// What the cluster holds now.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let mut reading = Reading {
            others: OtherPolicies { unseen: self.unseen.clone(), ..OtherPolicies::default() },
            ..Reading::default()
        };
        for part in &self.parts {
            match &part.what {
                What::Kind { .. } => reading.objects.extend(part.objects.values().cloned()),
                What::Others(served) => {
                    let names = part.objects.values().filter_map(|object| served.counted_name(object));
                    reading.others.unevaluated.extend(Unevaluated::new(served.kind.clone(), names.collect()));
                }
                What::Definitions => {}
            }
            reading.unread.extend(part.unread.clone());
            reading.others.unseen.extend(part.unseen.clone());
        }
        reading
    }
}

/// Whether a word is about the definition of a kind of policies, told from its name: plural and group.
fn is_about_policies(heard: &Heard) -> bool {
    let (Heard::Applied(object) | Heard::Deleted(object)) = heard else { return false };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    name.split_once('.').is_some_and(|(plural, group)| OtherPolicyKind::is_group(group) || plural.contains("polic"))
}
