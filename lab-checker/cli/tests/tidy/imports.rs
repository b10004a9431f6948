//! Which file of a crate uses what another one defines. A re-export passes a name on: whoever uses the name
//! uses the file that defines it. Naming a module alone (`mod x;`, `use crate::x;`) uses nothing of it yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, UseTree};

use crate::sources::{Source, is_for_tests};

/// A module's path from the root of its crate: `["shell", "lexer"]`.
type Place = Vec<String>;

#[derive(Default)]
struct Module {
    defined: BTreeSet<String>,
    imported: BTreeMap<String, Place>,
    globs: Vec<Place>,
    named: Vec<Place>,
}

/// For each file of the crate, the files of the same crate that it uses.
pub(crate) fn arrows(code: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeMap<Place, Module> = code.iter().map(|source| (place(&source.path), read(source))).collect();
    let file: BTreeMap<Place, String> =
        code.iter().map(|source| (place(&source.path), source.path.display().to_string())).collect();
    modules
        .iter()
        .map(|(here, module)| {
            let paths = module.named.iter().chain(module.imported.values());
            let used = paths.filter_map(|path| definer(&modules, path, 8)).filter(|place| place != here);
            (file[here].clone(), used.map(|place| file[&place].clone()).collect())
        })
        .collect()
}

/// The same for the folders and files that stand directly in `src/`; `lib.rs` and `main.rs` are above all floors.
pub(crate) fn between_folders(files: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    let floor = |file: &String| place(Path::new(file)).into_iter().next();
    let mut floors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, used) in files {
        let Some(from) = floor(from) else { continue };
        let used = used.iter().filter_map(floor).filter(|to| *to != from);
        floors.entry(from.clone()).or_default().extend(used);
    }
    floors
}

/// The module that a file is: `…/src/shell/mod.rs` and `…/src/shell.rs` are both `shell`.
fn place(path: &Path) -> Place {
    let parts = path.with_extension("");
    let mut place: Place = parts.iter().skip(3).map(|part| part.to_string_lossy().into_owned()).collect();
    place.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
    place
}

/// The module that defines what `path` names; none if it names a module or nothing of this crate.
/// `hops` bounds how often a name is passed on.
fn definer(modules: &BTreeMap<Place, Module>, path: &[String], hops: usize) -> Option<Place> {
    let depth = (0..=path.len()).rev().find(|depth| modules.contains_key(&path[..*depth]))?;
    let (place, rest) = path.split_at(depth);
    let module = &modules[place];
    let name = rest.first()?;
    let follow = |start: &Place, rest: &[String]| {
        let next = [start.as_slice(), rest].concat();
        (hops > 0 && next != path).then(|| definer(modules, &next, hops - 1)).flatten()
    };
    if let Some(target) = module.imported.get(name) {
        return follow(target, &rest[1..]);
    }
    if module.defined.contains(name) {
        return Some(place.to_vec());
    }
    module.globs.iter().find_map(|glob| follow(glob, rest))
}

fn read(source: &Source) -> Module {
    let mut reader = Reader { here: place(&source.path), module: Module::default() };
    reader.visit_file(&source.parsed());
    reader.module
}

struct Reader {
    here: Place,
    module: Module,
}

impl Reader {
    /// The path from the crate's root, if the path stays in this crate.
    fn absolute(&self, path: &[String]) -> Option<Place> {
        let mut base = self.here.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
            }
            _ => {}
        }
        Some([base.as_slice(), rest].concat())
    }

    fn name(&mut self, path: &[String]) {
        if path.len() > 1 {
            self.module.named.extend(self.absolute(path));
        }
    }

    fn import(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&with(&path.ident), &path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.import(before, item)),
            UseTree::Glob(_) => self.module.globs.extend(self.absolute(before)),
            UseTree::Name(name) if name.ident == "self" => self.add(before.last().cloned(), before),
            UseTree::Name(name) => self.add(Some(name.ident.to_string()), &with(&name.ident)),
            UseTree::Rename(rename) => self.add(Some(rename.rename.to_string()), &with(&rename.ident)),
        }
    }

    fn add(&mut self, name: Option<String>, path: &[String]) {
        // `use serde::…`: a name that leaves the crate is found nowhere in it.
        if let (Some(name), Some(target)) = (name, self.absolute(path)) {
            self.module.imported.insert(name, target);
        }
    }

    /// Paths in the arguments of a macro, which are not syntax yet.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if colons == 2 => (path.push(ident.to_string()), colons = 0).1,
                TokenTree::Ident(ident) => {
                    self.name(&std::mem::replace(&mut path, vec![ident.to_string()]));
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => self.scan(group.stream()),
                _ => self.name(&std::mem::take(&mut path)),
            }
        }
        self.name(&path);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        self.module.defined.extend(defines(item));
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.name(&names);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.scan(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn defines(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        _ => return None,
    })
}
