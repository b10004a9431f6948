//! Markdown to HTML, for prompts, tasks, hints and explanations. Raw HTML in them is shown as text, so
//! that these strings can stand anywhere.

use pulldown_cmark::{Event, Options, Parser, html};

/// The Markdown that lessons are written in: mdBook's.
pub(crate) fn markdown_options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
}

/// A text in Markdown as HTML.
#[must_use]
pub fn markdown_to_html(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, markdown_options()).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        event => event,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

/// The same without the paragraph around it, for a line such as an option.
#[must_use]
pub fn markdown_to_inline_html(markdown: &str) -> String {
    one_paragraph(markdown).unwrap_or_else(|| markdown_to_html(markdown))
}

/// The inside of the paragraph, when the text is one paragraph and nothing else.
pub(crate) fn one_paragraph(markdown: &str) -> Option<String> {
    let html = markdown_to_html(markdown.trim());
    let inner = html.trim().strip_prefix("<p>")?.strip_suffix("</p>")?;
    (!inner.contains("</p>")).then(|| inner.to_owned())
}

/// One HTML block of Markdown: a blank line would end it.
pub(crate) fn one_block(html: &str) -> String {
    html.trim().replace('\r', "").replace('\n', "&#10;")
}
