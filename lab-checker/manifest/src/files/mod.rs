//! Reading manifests from files, folders and the standard input, within limits.

mod folder;
mod text;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::object::{Object, ObjectId};
use crate::parse::{Parsed, Stranger, parse_with};
use crate::text::{Diagnostic, Severity};

pub use text::{LoadError, MAX_FILE_BYTES, read_text};

/// Reads files, folders (their `.yaml`, `.yml` and `.json` files, subfolders included, in the order
/// of their names) and, for `-`, the standard input.
///
/// Of a folder, files that hold no Kubernetes object are skipped, and files that cannot be read are errors of these
/// files. A file that is named must be there and hold objects.
///
/// # Errors
/// When something named cannot be read; what is wrong *inside* a manifest is in the diagnostics.
pub fn load(paths: &[PathBuf]) -> Result<Parsed, LoadError> {
    let mut all = Parsed::default();
    for path in paths {
        if path.as_os_str() == "-" || !path.is_dir() {
            let name = path.to_string_lossy();
            let parsed = parse_with(&name, &read_text(path)?, Stranger::Wrong);
            if parsed.objects.is_empty() && parsed.diagnostics.is_empty() {
                all.diagnostics.push(about_file(&name, Severity::Warning, NOTHING.to_owned()));
            }
            all.add(parsed);
        } else {
            load_folder(path, &mut all)?;
        }
    }
    let replaced = replaced(&all.objects);
    all.diagnostics.extend(replaced);
    Ok(all)
}

fn load_folder(folder: &Path, all: &mut Parsed) -> Result<(), LoadError> {
    let found = folder::look(folder)?;
    for file in &found.files {
        let name = file.to_string_lossy();
        if found.patches.contains(&folder::plain(file)) {
            all.skipped.push(name.into_owned());
            continue;
        }
        match read_text(file) {
            Ok(text) => {
                let parsed = parse_with(&name, &text, Stranger::Skipped);
                if parsed.objects.is_empty() && parsed.diagnostics.is_empty() {
                    all.skipped.push(name.into_owned());
                }
                all.add(parsed);
            }
            Err(error) => {
                let why = std::error::Error::source(&error).map(|why| format!(": {why}")).unwrap_or_default();
                all.diagnostics.push(about_file(&name, Severity::Error, format!("{error}{why}")));
            }
        }
    }
    Ok(())
}

const NOTHING: &str = "there is no Kubernetes object in this file";

fn about_file(file: &str, severity: Severity, message: String) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        line: 1,
        column: 1,
        length: 1,
        source_line: String::new(),
        field: None,
        message,
        help: None,
        api_server: None,
        severity,
    }
}

/// Warns of objects that two files hold with different content: the later one replaces the earlier.
fn replaced(objects: &[Object]) -> Vec<Diagnostic> {
    let mut seen: HashMap<ObjectId, &Object> = HashMap::new();
    let mut warnings = Vec::new();
    for object in objects {
        let id = ObjectId::of(&object.value);
        let Some(first) = seen.insert(id.clone(), object) else { continue };
        if first.origin.file == object.origin.file || first.value == object.value {
            continue;
        }
        let place = |object: &Object| object.origin.positions.value_at("metadata.name");
        let at = place(object);
        let message =
            format!("this {id} replaces the one at {}:{}, and they differ", first.origin.file, place(first).line);
        let warning = about_file(&object.origin.file, Severity::Warning, message);
        let help = Some("read one of them alone, as only one of them can be applied".to_owned());
        warnings.push(Diagnostic { line: at.line, column: at.column, help, ..warning });
    }
    warnings
}
