//! Where each field of a document stands in its file, found by the field's path.

/// A place in a text: line and column from 1, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// How many characters of the line are meant, at least 1.
    pub length: usize,
}

/// The places of a value and of everything inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    pub(crate) key: Option<Position>,
    pub(crate) value: Position,
    pub(crate) inside: Inside,
}

/// The parts of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Inside {
    #[default]
    Nothing,
    Fields(Vec<(String, Positions)>),
    Items(Vec<Positions>),
}

impl Positions {
    /// Where the value itself begins.
    #[must_use]
    pub fn start(&self) -> Position {
        self.value
    }

    /// Where the value at `path` stands, or the nearest thing around it that exists.
    ///
    /// Paths are written as the API server writes them: `spec.ingress[0].ports[1].port`,
    /// `metadata.labels[app.kubernetes.io/name]`.
    #[must_use]
    pub fn value_at(&self, path: &str) -> Position {
        let (spot, whole) = self.find(path);
        // A field that is missing is reported at the name of what should hold it.
        if whole { spot.value } else { spot.key.unwrap_or(spot.value) }
    }

    /// Where the name of the field at `path` stands, or its value where it has no name.
    #[must_use]
    pub fn key_at(&self, path: &str) -> Position {
        let (spot, _) = self.find(path);
        spot.key.unwrap_or(spot.value)
    }

    /// The positions of the value at `path`, when it exists.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        match self.find(path) {
            (spot, true) => Some(spot),
            _ => None,
        }
    }

    fn find(&self, path: &str) -> (&Self, bool) {
        let mut spot = self;
        let mut rest = path.trim_start_matches('.');
        while !rest.is_empty() {
            match spot.step(rest) {
                Some((next, left)) => {
                    spot = next;
                    rest = left.trim_start_matches('.');
                }
                None => return (spot, false),
            }
        }
        (spot, true)
    }

    /// One step along the path: the part that it names, and what is left of the path. Label keys
    /// contain dots, so the longest field name that fits wins.
    fn step<'p>(&self, rest: &'p str) -> Option<(&Self, &'p str)> {
        match &self.inside {
            Inside::Nothing => None,
            Inside::Items(items) => {
                let (index, left) = rest.strip_prefix('[')?.split_once(']')?;
                Some((items.get(index.parse::<usize>().ok()?)?, left))
            }
            Inside::Fields(fields) => fields
                .iter()
                .filter_map(|(name, spot)| Some((spot, after_name(rest, name)?)))
                .min_by_key(|(_, left)| left.len()),
        }
    }
}

fn after_name<'p>(rest: &'p str, name: &str) -> Option<&'p str> {
    if let Some(left) = rest.strip_prefix('[') {
        return left.strip_prefix(name)?.strip_prefix(']');
    }
    let left = rest.strip_prefix(name)?;
    (left.is_empty() || left.starts_with(['.', '['])).then_some(left)
}
