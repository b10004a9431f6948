//! How many descriptors this process may have: every connection takes one.

/// Raises the soft limit to the hard one; what it is then, or nothing where there is no limit.
#[cfg(unix)]
pub(super) fn raised() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            limit.current
        }
    }
}

#[cfg(not(unix))]
pub(super) fn raised() -> Option<u64> {
    None
}
