//! XML as a tree: what a picture is read with, so that a test fails on one that is not well-formed.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

/// An element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    children: Vec<Element>,
    own_text: String,
}

/// Reads a document of one element.
pub(crate) fn parse(text: &str) -> Element {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        let last = open.last_mut().unwrap();
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(Element::new(&start)),
            Event::Empty(start) => last.children.push(Element::new(&start)),
            Event::End(_) => {
                let mut done = open.pop().unwrap();
                done.own_text = unescape(&done.own_text).unwrap().into_owned();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Text(text) => last.own_text.push_str(&text.decode().unwrap()),
            Event::GeneralRef(entity) => last.own_text.push_str(&format!("&{};", entity.decode().unwrap())),
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    let [document] = <[Element; 1]>::try_from(open.remove(0).children).unwrap();
    assert!(open.is_empty(), "an element is not closed");
    document
}

impl Element {
    fn new(start: &BytesStart<'_>) -> Self {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().to_owned();
        let attribute = |attribute: quick_xml::events::attributes::Attribute<'_>| {
            let value = text(&attribute.value);
            assert!(!value.contains('<'), "{value}");
            (text(attribute.key.as_ref()), unescape(&value).unwrap().into_owned())
        };
        let attributes = start.attributes().map(|one| attribute(one.unwrap())).collect();
        Self { name: text(start.name().as_ref()), attributes, ..Self::default() }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn classes(&self) -> impl Iterator<Item = &str> {
        self.attribute("class").unwrap_or_default().split(' ').filter(|class| !class.is_empty())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// It and all that is in it.
    pub(crate) fn all(&self) -> Vec<&Self> {
        std::iter::once(self).chain(self.children.iter().flat_map(Self::all)).collect()
    }

    /// All text in it.
    pub(crate) fn text(&self) -> String {
        let inner = self.children.iter().map(Self::text);
        std::iter::once(self.own_text.clone())
            .chain(inner)
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}
