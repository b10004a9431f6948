//! A lab as plain HTML in a lesson: the task, and the way to the workbench and the terminal.

use netpol::{counted, escape_html};

use super::markdown::{markdown_to_html, one_block};
use crate::files::rounded;
use crate::labs::{Lab, LabCni};

impl Lab {
    /// The lab as a section of a lesson. Without a script it links to its workbench, `/labs/NAME`. There
    /// is no blank line in it, so it can stand in Markdown.
    #[must_use]
    pub fn to_html(&self) -> String {
        let name = escape_html(&self.name);
        let cni = match self.cni {
            LabCni::Enforcing => "",
            LabCni::Rejecting => " data-cni=\"rejecting\"",
            LabCni::None => " data-cni=\"none\"",
        };
        let html = format!(
            "<section class=\"lab\" data-lab=\"{name}\" id=\"lab-{name}\" aria-labelledby=\"lab-{name}-title\"{cni}>\
             <header class=\"lab-head\"><h3 id=\"lab-{name}-title\">Lab: {title}</h3>\
             <p class=\"lab-facts\"><span class=\"points\">{points}</span> \
             <span class=\"minutes\">{minutes}</span></p></header>\
             <div class=\"lab-task\">{task}</div>\
             <p class=\"lab-actions\"><a class=\"button\" href=\"/labs/{name}\">Open the lab</a> \
             <code>lab-checker start {name}</code></p>\
             <p class=\"lab-live\" role=\"status\"></p><div class=\"lab-report\" role=\"status\"></div></section>",
            title = escape_html(&self.title),
            points = counted(rounded(self.points), "point"),
            minutes = counted(self.minutes, "minute"),
            task = markdown_to_html(&self.task),
        );
        one_block(&html)
    }
}
