//! Where the command line prints a command by hand. `terminal::next` does it, with the options that were typed.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::sources::Source;

/// Every text with a command of ours in it, besides the examples of a help text: its line, and the text.
pub(crate) fn by_hand(source: &Source) -> Vec<(usize, String)> {
    let code: TokenStream = source.text.parse().unwrap_or_else(|error| panic!("{}: {error}", source.path.display()));
    let mut found = Vec::new();
    search(code, &mut found);
    found
}

fn search(code: TokenStream, found: &mut Vec<(usize, String)>) {
    let mut tokens = code.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                // Help and documentation stand in attributes; the tests of a file are its last module.
                let is_attribute = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket);
                if let Some(attribute) = tokens.next_if(is_attribute)
                    && attribute.to_string().replace(' ', "") == "[cfg(test)]"
                {
                    return;
                }
            }
            TokenTree::Group(group) => search(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if names_a_command(&text) && !text.trim_start_matches(['"', '\\', '\n']).starts_with("Example") {
                    found.push((literal.span().start().line, text));
                }
            }
            _ => {}
        }
    }
}

fn names_a_command(text: &str) -> bool {
    let mut after = text.split("lab-checker ").skip(1);
    text.starts_with(['"', 'r']) && after.any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
}
