//! A container as the programs in it see it: its image, environment, a few files, and the network around
//! it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use netpol::ObjectName;

use crate::files::{Files, absolute};
use crate::image::Image;
use crate::kubernetes::Kubernetes;
use crate::network::NetworkView;
use crate::session::Session;

/// What becomes of programs that are not simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// Whoever typed their names is told.
    #[default]
    Refused,
    /// They count as quiet servers: the pod runs.
    Stay,
    /// They count as done: what waits for them goes on.
    Complete,
}

/// A running container.
pub struct Container {
    /// Its pod.
    pub pod: ObjectName,
    /// `spec.hostname`, or the pod's name; a host-network pod has its node's.
    pub hostname: String,
    /// The pod's addresses.
    pub addresses: Vec<IpAddr>,
    /// What is installed in it.
    pub image: Image,
    /// The variables that its processes start with.
    pub environment: BTreeMap<String, String>,
    /// Where its processes start.
    pub directory: String,
    /// Files that differ from the image's: mounted and written ones.
    pub files: Files,
    /// The network at any moment.
    pub network: NetworkView,
    /// What the processes of this session share.
    pub session: Session,
    /// The API server that `kubectl` talks to; without one there is no kubectl.
    pub kubernetes: Option<Arc<dyn Kubernetes>>,
    /// What becomes of programs that are not simulated.
    pub unknown: Unknown,
}

impl Container {
    /// Notes that a program was installed.
    pub(crate) fn install(&self, program: &str) {
        self.files.insert(&format!("/usr/local/installed/{program}"), Vec::new());
    }

    /// Whether a program was installed after the start.
    pub(crate) fn has_installed(&self, program: &str) -> bool {
        self.files.get(&format!("/usr/local/installed/{program}")).is_some()
    }

    /// What `hostname` prints.
    pub(crate) fn hostname(&self) -> &str {
        &self.hostname
    }

    /// A file's bytes: written ones first, then those that every container has.
    pub fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        let path = absolute("/", path);
        self.files.get(&path).or_else(|| self.standard_file(&path).map(String::into_bytes))
    }

    /// Writes a file; `false` when the disk is full, or the file on a volume that cannot be written.
    #[must_use]
    pub(crate) fn write_file(&self, path: &str, bytes: Vec<u8>) -> bool {
        !self.files.is_read_only(path) && self.files.insert(path, bytes)
    }

    /// Why a file could not be written.
    pub(crate) fn refusal(&self, path: &str) -> &'static str {
        if self.files.is_read_only(path) { "Read-only file system" } else { "No space left on device" }
    }

    /// Removes a written file; `false` when there was none, or it cannot be removed.
    pub(crate) fn remove_file(&self, path: &str) -> bool {
        !self.files.is_read_only(path) && self.files.remove(path)
    }

    /// Whether a path is a directory: some file lies under it, or every image has it.
    pub(crate) fn is_directory(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let under = format!("{path}/");
        path.is_empty()
            || DIRECTORIES.contains(&path)
            || STANDARD_FILES.iter().any(|file| file.starts_with(&under))
            || self.files.paths().iter().any(|file| file.starts_with(&under))
            || self
                .files
                .mounted()
                .iter()
                .any(|mount| mount.starts_with(&under) || mount == path && self.files.get(path).is_none())
    }

    /// The names in a directory, sorted.
    pub(crate) fn list(&self, path: &str) -> Vec<String> {
        let under = format!("{}/", path.trim_end_matches('/'));
        let written = [self.files.paths(), self.files.mounted()].concat();
        let all = written.iter().map(String::as_str).chain(STANDARD_FILES).chain(DIRECTORIES);
        let mut names: Vec<String> = all
            .filter_map(|file| file.strip_prefix(under.as_str()))
            .filter_map(|rest| rest.split('/').next())
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn standard_file(&self, path: &str) -> Option<String> {
        let address = self.addresses.first();
        Some(match path {
            "/etc/hostname" => format!("{}\n", self.hostname),
            "/etc/hosts" => {
                let own = address.map_or(String::new(), |address| format!("{address}\t{}\n", self.hostname));
                format!(
                    "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{own}"
                )
            }
            "/etc/resolv.conf" => self.network.current().resolv_conf(&self.pod),
            "/etc/os-release" => self.image.os_release(),
            "/etc/passwd" => "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n".to_owned(),
            "/proc/1/comm" => "sh\n".to_owned(),
            _ => return None,
        })
    }
}

/// The files that every container has.
const STANDARD_FILES: [&str; 6] =
    ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/os-release", "/etc/passwd", "/proc/1/comm"];

/// The directories that every container has.
const DIRECTORIES: [&str; 16] = [
    "/usr/local/apache2/htdocs",
    "/usr/share/nginx/html",
    "/bin",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
    "/var/run",
];
