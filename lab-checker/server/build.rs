//! Compresses the pages' styles and scripts: in the program they take a third of their size.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

/// The look of the book is the look of the pages.
const OF_THE_BOOK: [(&str, &str); 2] =
    [("look.css", "../../book/theme/course.css"), ("favicon.svg", "../../book/theme/favicon.svg")];

fn main() -> io::Result<()> {
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    println!("cargo::rerun-if-changed=assets");
    for entry in std::fs::read_dir("assets")? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        pack(&path, name, &out)?;
    }
    for (name, path) in OF_THE_BOOK {
        println!("cargo::rerun-if-changed={path}");
        pack(Path::new(path), name, &out)?;
    }
    Ok(())
}

fn pack(file: &Path, name: &str, out: &Path) -> io::Result<()> {
    let packed = std::fs::File::create(out.join(format!("{name}.gz")))?;
    let mut packed = GzBuilder::new().mtime(0).write(packed, Compression::best());
    packed.write_all(&std::fs::read(file)?)?;
    packed.finish()?;
    Ok(())
}
