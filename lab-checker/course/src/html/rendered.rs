//! Markdown with its HTML made ahead: what runs in a page reads no Markdown, which would make it a tenth larger.

use std::collections::BTreeMap;

use netpol::escape_html;
use serde::{Deserialize, Serialize};

/// Texts in Markdown, each with its HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered(BTreeMap<String, String>);

impl Rendered {
    /// These texts.
    #[cfg(feature = "book")]
    #[must_use]
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        texts.into_iter().map(|text| (text.to_owned(), super::markdown_to_html(text))).collect()
    }

    /// A text's HTML; of a text that is not among these, the text as it is written.
    #[must_use]
    pub fn html(&self, markdown: &str) -> String {
        let plain = || format!("<p>{}</p>", escape_html(markdown));
        self.0.get(markdown).cloned().unwrap_or_else(plain)
    }
}

impl FromIterator<(String, String)> for Rendered {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}
