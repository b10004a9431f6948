//! Pages of the book with quizzes in them: each learner is sent them with ids of their own.
//!
//! An id is as long as the author's, so a page is made by writing over it. The pages that were asked for last are kept,
//! because a page is asked for more often than once, and compressing it takes longer than anything else.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use course::OwnIds;

use super::file::File;

/// How many pages are kept for those who asked last.
const KEPT: usize = 64;

/// Where the ids of options and flows stand in a page, and which.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(usize, String)>);

impl Places {
    /// Where these ids stand.
    pub(super) fn find(page: &str, ids: &BTreeSet<String>) -> Self {
        let Some(length) = ids.first().map(String::len) else { return Self::default() };
        let mut places = Vec::new();
        let mut start = 0;
        while let Some(word) = page.get(start..).filter(|rest| rest.len() >= length) {
            match word.get(..length).and_then(|word| ids.get(word)) {
                Some(id) => {
                    places.push((start, id.clone()));
                    start += length;
                }
                None => start += next_letter(word),
            }
        }
        Self(places)
    }

    /// Whether the page is the same for everybody.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The page with a learner's own ids.
    pub(super) fn filled(&self, page: &[u8], ids: &OwnIds) -> Vec<u8> {
        let mut page = page.to_vec();
        for (start, id) in &self.0 {
            let own = ids.of(id);
            if let Some(place) = page.get_mut(*start..*start + own.len()) {
                place.copy_from_slice(own.as_bytes());
            }
        }
        page
    }
}

fn next_letter(text: &str) -> usize {
    text.chars().next().map_or(1, char::len_utf8)
}

/// A path, and whose page it is.
type Key = (String, String);

/// The pages that were asked for last, the latest at the end.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<VecDeque<(Key, Arc<File>)>>);

impl Kept {
    /// The page of a learner, made when it is not there.
    pub(super) fn page(&self, path: &str, learner: &str, make: impl FnOnce() -> File) -> Arc<File> {
        let key = (path.to_owned(), learner.to_owned());
        if let Some(found) = self.found(&key) {
            return found;
        }
        let page = Arc::new(make());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((key, Arc::clone(&page)));
        page
    }

    fn found(&self, key: &Key) -> Option<Arc<File>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == key)?;
        let entry = kept.remove(place)?;
        let page = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_a_page_becomes_a_learners_own_and_nothing_else_changes() {
        let ids: BTreeSet<String> = ["0123456789ab", "ba9876543210"].map(str::to_owned).into();
        let page = "ü<input name=\"q.ba9876543210\" value=\"0123456789ab\">é 0123456789a 0123456789ab";
        let places = Places::find(page, &ids);
        let own = OwnIds::new(b"secret", "ada");
        let expected = ids.iter().fold(page.to_owned(), |page, id| page.replace(id, &own.of(id)));
        assert_eq!(String::from_utf8(places.filled(page.as_bytes(), &own)).unwrap(), expected);
        assert!(Places::find("nothing", &ids).is_empty() && Places::find(page, &BTreeSet::new()).is_empty());
    }

    #[test]
    fn few_pages_are_kept() {
        let kept = Kept::default();
        let made = std::cell::Cell::new(0);
        let ask = |learner: &str| {
            kept.page("a.html", learner, || {
                made.set(made.get() + 1);
                File::new("a.html", learner.as_bytes().to_vec())
            })
        };
        for _ in 0..3 {
            assert_eq!(&ask("ada").plain[..], b"ada");
        }
        assert_eq!(made.get(), 1);
        (0..KEPT).for_each(|number| _ = ask(&number.to_string()));
        assert_eq!((&ask("ada").plain[..], made.get()), (&b"ada"[..], KEPT + 2));
    }
}
