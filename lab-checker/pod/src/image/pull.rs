//! Whether an image can be pulled. Every image can, except those that plainly cannot: a policy of Never
//! with an image nobody has, a reference that is none, a name that says it does not exist or that is a
//! slip of the finger.

use sha2::{Digest, Sha256};

use super::family::Image;

/// What pulling an image comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pull {
    /// It is there already.
    Present,
    /// It came from its registry.
    Pulled {
        /// How long that took.
        milliseconds: u64,
        /// How big it is.
        bytes: u64,
    },
    /// It did not: the reason of the container's state, and the message.
    Refused(&'static str, String),
}

/// Words in a name by which people say that an image does not exist.
const ABSENT: [&str; 10] = [
    "nosuch",
    "no-such",
    "nonexist",
    "non-exist",
    "doesnotexist",
    "does-not-exist",
    "notexist",
    "not-exist",
    "missing-image",
    "invalid-image",
];

/// Slips of the finger that tutorials and learners make.
const MISSPELT: [&str; 10] =
    ["ngnix", "nignx", "ngingx", "nginxx", "ngix", "buysbox", "busybx", "bussybox", "alpne", "redsi"];

/// Pulls an image, so to speak.
pub fn pull(reference: &str, policy: &str) -> Pull {
    if !is_reference(reference) {
        let text = "couldn't parse image name";
        return Pull::Refused(
            "InvalidImageName",
            format!(
                "Failed to apply default image tag \"{reference}\": {text} \"{reference}\": invalid reference format"
            ),
        );
    }
    let image = Image::new(reference);
    let tag = reference.rsplit('/').next().and_then(|last| last.split_once(':')).map_or("", |(_, tag)| tag);
    let absent = |text: &str| ABSENT.iter().any(|word| text.contains(word));
    let gone = absent(reference) || absent(tag) || MISSPELT.contains(&image.name());
    if policy == "Never" {
        // Only what this machine could have: well-known images and those that were built here.
        let local = image.is_known() || reference.starts_with("local/") || reference.starts_with("localhost/");
        return if local && !gone {
            Pull::Present
        } else {
            let text = format!("Container image \"{reference}\" is not present with pull policy of Never");
            Pull::Refused("ErrImageNeverPull", text)
        };
    }
    if gone {
        return Pull::Refused("ErrImagePull", refusal(reference));
    }
    if policy == "Always" {
        let digest = Sha256::digest(reference.as_bytes());
        let number = u64::from(digest[0]) << 8 | u64::from(digest[1]);
        return Pull::Pulled { milliseconds: 300 + number % 900, bytes: 2_000_000 + number * 1_009 };
    }
    Pull::Present
}

fn refusal(reference: &str) -> String {
    let (first, _) = reference.split_once('/').unwrap_or(("", reference));
    let hub = !first.contains(['.', ':']);
    let full = match (hub, first) {
        (true, "") => format!("docker.io/library/{reference}"),
        (true, _) => format!("docker.io/{reference}"),
        (false, _) => reference.to_owned(),
    };
    let last = full.rsplit('/').next().unwrap_or(&full);
    let full = if last.contains([':', '@']) { full } else { format!("{full}:latest") };
    if hub {
        format!(
            "failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
        )
    } else {
        format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": {full}: not found"
        )
    }
}

/// Whether a text is an image reference: lower-case names with digits and a few signs, then a tag or digest.
fn is_reference(reference: &str) -> bool {
    let (path, tag) = match reference.rsplit_once('/') {
        Some((folders, last)) => {
            let (name, tag) = last.split_once([':', '@']).unwrap_or((last, "x"));
            (format!("{folders}/{name}"), tag)
        }
        None => {
            let (name, tag) = reference.split_once([':', '@']).unwrap_or((reference, "x"));
            (name.to_owned(), tag)
        }
    };
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"./_-:".contains(&byte);
    let legal_tag = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:@".contains(&byte);
    let parts = path.split('/').all(|part| !part.is_empty() && !part.starts_with(['-', '.']));
    !tag.is_empty() && parts && path.bytes().all(legal) && tag.bytes().all(legal_tag)
}
