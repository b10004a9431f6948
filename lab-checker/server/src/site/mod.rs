//! The whole course as a static site: the server's own pages, filled in for whoever opens them, the book, and the
//! engine that judges answers in the page. Nobody answers for it, so it gives no grades, and keeps no answer secret.
//!
//! | file | what stands in it |
//! |---|---|
//! | `error` | why there is none |
//! | `links` | addresses that work from wherever the site is, and the policy that each page carries |
//! | `engine` | the engine as it was built, and what it needs to know of labs and quizzes |
//! | `written` | the folder on disk, with what a host can send compressed, and the list that a browser keeps it by |
//! | `build` | what stands where |

mod build;
mod engine;
mod error;
mod links;
mod written;

pub use build::{Site, SiteSize, build_site};
pub use error::SiteError;
