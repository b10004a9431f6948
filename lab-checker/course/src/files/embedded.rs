//! The copy of the course in the binary, packed by the build script.

use std::io::Read;

use flate2::bufread::GzDecoder;

const ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/course.tar.gz"));

/// Every file of the copy, with its path.
pub(crate) fn embedded_files() -> impl Iterator<Item = (String, Vec<u8>)> {
    read_all().expect("the archive is as the build script wrote it").into_iter()
}

fn read_all() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut archive = tar::Archive::new(GzDecoder::new(ARCHIVE));
    archive
        .entries()?
        .map(|entry| {
            let mut entry = entry?;
            let path = entry.path()?.to_string_lossy().into_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            Ok((path, content))
        })
        .collect()
}
