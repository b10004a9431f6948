//! What a picture shows, as plain data: boxes with nodes in them, and flows with what is to be said of each. Whoever
//! has flows makes one of these; how it looks is nobody's business but this folder's.

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Its title, as a screen reader says it.
    pub title: String,
    /// What its flows are held against, which the legend depends on.
    pub legend: Legend,
    /// Boxes, in the order in which they are placed.
    pub groups: Vec<PictureGroup>,
    /// Flows between the nodes of the boxes. One whose ends are not there is not drawn.
    pub flows: Vec<PictureFlow>,
    /// What else is to be said, in sentences below it.
    pub notes: Vec<String>,
}

/// What stands below the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// Arrows are what gets through.
    #[default]
    Plain,
    /// Arrows are right or wrong.
    Judged,
    /// Nothing: the page has a legend of its own.
    None,
}

/// A box: a namespace, or what stands outside the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PictureGroup {
    /// The namespace; `None` outside the cluster.
    pub namespace: Option<String>,
    /// Where its heading leads while the picture is folded: to where it is opened, or closed again.
    pub href: Option<String>,
    /// What stands in it.
    pub nodes: Vec<PictureNode>,
}

/// A workload, a stranger or an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PictureNode {
    /// How it is called in full, and by flows: `shop/web`, `shop/{app=web}`, `203.0.113.7`.
    pub id: String,
    /// What is written into it.
    pub label: String,
    /// How many pods it stands for.
    pub count: usize,
    /// What kind of thing it is.
    pub kind: NodeKind,
    /// The ports at which it is looked at, such as `5432/TCP`: they stand below its name, and an arrow at all of them
    /// needs no label.
    pub ports: Vec<String>,
}

/// What kind of thing a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeKind {
    /// Pods that are there.
    #[default]
    Pod,
    /// A pod that somebody has broken into.
    Intruder,
    /// A pod that could be there.
    Stranger,
    /// An address outside the cluster.
    Outside,
}

/// A flow worth an arrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PictureFlow {
    /// The source's [`PictureNode::id`].
    pub from: String,
    /// The destination's.
    pub to: String,
    /// `5432/TCP`.
    pub port: String,
    /// What is to be said of it.
    pub standing: Standing,
    /// Whether this is otherwise than it was before.
    pub changed: bool,
    /// Whether it is not certain: the standard leaves it open, or its pods differ.
    pub unsure: bool,
    /// Where a click on it leads.
    pub href: Option<String>,
}

/// What is to be said of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It used to get through, and no longer does, as it should be.
    Gone,
    /// It gets through, and nobody asks whether it may.
    #[default]
    Plain,
    /// It gets through, as it should.
    Right,
    /// It must get through, and does not.
    Missing,
    /// It gets through, and must not.
    Wrong,
}

/// How a picture is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureForm {
    /// For a page that has [`PICTURE_STYLES`](crate::PICTURE_STYLES): classes alone, no style in it.
    Page,
    /// A document of its own, with its styles, light or dark as its reader likes it.
    Standalone,
}

impl Standing {
    /// Its CSS class.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Plain => "plain",
            Self::Right => "right",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
        }
    }

    /// Whether something gets through.
    pub(super) fn flows(self) -> bool {
        matches!(self, Self::Plain | Self::Right | Self::Wrong)
    }

    /// What stands on the line, so that it is known without its colour.
    pub(super) fn mark(self) -> Option<&'static str> {
        match self {
            Self::Wrong => Some("!"),
            Self::Missing => Some("×"),
            Self::Gone | Self::Plain | Self::Right => None,
        }
    }
}

impl PictureGroup {
    /// Its name: what `open` lists say, and its heading.
    #[must_use]
    pub fn name(&self) -> &str {
        self.namespace.as_deref().unwrap_or("outside")
    }
}
