//! Where a file lists kinds: in an array (or the rows of one), in one pattern, or in a chain of comparisons. A `match`
//! that does something else for each kind is no list.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::sources::Source;

/// How many kinds together are a list.
const LIST: usize = 3;

/// Every list of these kinds in a file: where it begins, and what stands in it.
pub(crate) fn lists(source: &Source, kinds: &BTreeSet<String>) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let code = source.text.parse().unwrap_or_else(|error| panic!("{}: {error}", source.path.display()));
    search(without_tests(code), Place::Code, kinds, &mut found);
    found
}

/// What stands before `#[cfg(test)]`: the tests of a file are its last module.
fn without_tests(code: TokenStream) -> TokenStream {
    let is_for_tests = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.stream().to_string().replace(' ', "") == "cfg(test)",
        _ => false,
    };
    code.into_iter().take_while(|token| !is_for_tests(token)).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Code,
    /// Between brackets, or the braces of a macro.
    Rows,
}

/// Looks at one level of tokens, and at those below it.
fn search(tokens: TokenStream, place: Place, kinds: &BTreeSet<String>, found: &mut Vec<(usize, Vec<String>)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    if place == Place::Rows {
        let inside: TokenStream = tokens.iter().cloned().collect();
        let all = names(inside, kinds);
        if all.len() >= LIST {
            found.push((line(&tokens), all.into_iter().collect()));
            return;
        }
    }
    for run in alternatives(&tokens) {
        let all = names(run.iter().cloned().collect(), kinds);
        if all.len() >= LIST {
            found.push((line(&run), all.into_iter().collect()));
        }
    }
    let mut in_macro = false;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            let rows = match group.delimiter() {
                Delimiter::Bracket => true,
                Delimiter::Brace => in_macro,
                _ => false,
            };
            search(group.stream(), if rows { Place::Rows } else { Place::Code }, kinds, found);
        }
        in_macro = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '!');
    }
}

/// The tokens between two arrows, commas or semicolons that hold a `|`: alternatives of one pattern, or of one
/// condition.
fn alternatives(tokens: &[TokenTree]) -> Vec<Vec<TokenTree>> {
    let parts = tokens.split(|token| match token {
        TokenTree::Punct(mark) => [',', ';', '>'].contains(&mark.as_char()),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    });
    let has_or =
        |part: &&[TokenTree]| part.iter().any(|t| matches!(t, TokenTree::Punct(mark) if mark.as_char() == '|'));
    parts.filter(has_or).map(<[TokenTree]>::to_vec).collect()
}

/// The kinds that texts among these tokens name, at any depth.
fn names(tokens: TokenStream, kinds: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => found.extend(names(group.stream(), kinds)),
            TokenTree::Literal(literal) => found.extend(kinds.get(literal.to_string().trim_matches('"')).cloned()),
            _ => {}
        }
    }
    found
}

fn line(tokens: &[TokenTree]) -> usize {
    tokens.first().map_or(0, |token| token.span().start().line)
}
