//! What a page shows of a lab while somebody works on it: the text of an editor tried out in the lab's world, why a flow
//! gets through with it, what came of applying it, what a pod would see. A server asks this of practice clusters, a
//! page without one of a [`PageLab`], and a page that has one asks a [`PreviewLab`] while somebody types.
//!
//! Floors: `object`, `editor` and `unanswerable`, `brought` and `world`, `tried`, `asked`, then `preview` and `shown`,
//! `explained`, `applied`, `probe` and `recall`; [`PageLab`] is on top, and beside it [`PreviewLab`], `first_try` and
//! [`Reach`].

mod applied;
mod asked;
mod brought;
mod editor;
mod explained;
mod first_try;
mod links;
mod object;
mod page_lab;
mod page_preview;
mod page_world;
mod preview;
mod probe;
mod reach;
mod recall;
mod sent_world;
mod shown;
mod tried;
mod unanswerable;
mod world;

pub use applied::{Applied, AppliedObject};
pub use asked::Asked;
pub use brought::{left_out, read_brought};
pub use editor::{EditorText, Refused, TOO_MANY, TextDiagnostic, TextObject, TextSeverity, diagnostics, start_text};
pub use explained::explain;
pub use first_try::{TryBundle, try_out, try_out_in_page};
pub use links::{opened, port_of, why};
pub use object::{NamedObject, felt, is_edited, is_own};
pub use page_lab::{Bundle, Editor, Hint, PageError, PageLab, PageSolution};
pub use page_preview::{PreviewBundle, PreviewLab};
pub use preview::{Opening, Preview, PreviewedCell, PreviewedCheck};
pub use probe::{Probed, Trial};
pub use reach::{Reach, Reached};
pub use shown::previewed;
pub use tried::{Tried, place, tried};
pub use unanswerable::Unanswerable;
pub use world::{Refusal, World};
