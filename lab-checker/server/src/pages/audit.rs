//! `/instructor/audit`: what instructors did.

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::{Frame, Page, filters, html, reading::PageQuery, visitor::InstructorPage};
use crate::{app::App, domain::named::is_id, store::AuditEntry};

/// How many entries the page shows.
const SHOWN: u32 = 200;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    entries: Vec<AuditEntry>,
    /// Where older ones begin.
    next: Option<String>,
}

/// Which entries.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Older {
    before: Option<String>,
}

pub(super) async fn page(State(app): State<App>, _: InstructorPage, PageQuery(older): PageQuery<Older>) -> Page {
    let before = older.before.filter(|before| is_id(before));
    let entries = app.store.audit_entries(before.as_deref(), SHOWN).await?;
    let next = entries.last().filter(|_| entries.len() == SHOWN as usize).map(|entry| entry.id.clone());
    Ok(html(&AuditPage { frame: Frame::for_instructor(&app, "What was done"), entries, next }))
}
