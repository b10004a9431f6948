//! A quiz as plain HTML: a form that works without JavaScript, and that a script can take over.
//!
//! A form that could not be handed in comes back as it was filled in.

use netpol::{PictureForm, draw, escape_html};

use super::markdown::{markdown_to_html, markdown_to_inline_html, one_block, one_paragraph};
use crate::check::picture_of_question;
use crate::quizzes::{PublicFlow, PublicOption, PublicQuestion, PublicQuestionKind, PublicQuiz, TextFormat};

impl PublicQuiz {
    /// The quiz as a form that is sent to `/quizzes/NAME`. `hidden` is put into the form as it is: the
    /// server's fields against forged requests. There is no blank line in it, so it can stand in
    /// Markdown.
    #[must_use]
    pub fn to_html(&self, hidden: &str) -> String {
        self.to_html_filled(hidden, &[])
    }

    /// The same with what was sent from it: names of fields and their values.
    #[must_use]
    pub fn to_html_filled(&self, hidden: &str, fields: &[(String, String)]) -> String {
        let filled = Filled(fields);
        let name = escape_html(&self.name);
        let mut out = format!(
            "<form class=\"quiz\" method=\"post\" action=\"/quizzes/{name}\" data-quiz=\"{name}\" \
             aria-labelledby=\"quiz-{name}-title\">{hidden}<h3 class=\"quiz-title\" id=\"quiz-{name}-title\">{}</h3>",
            escape_html(&self.title)
        );
        let mut group = None;
        for (place, question) in self.questions.iter().enumerate() {
            if question.group.is_some() && question.group != group {
                let text = question.group.as_deref().unwrap_or_default();
                out.push_str(&format!("<div class=\"question-group\">{}</div>", markdown_to_html(text)));
            }
            group.clone_from(&question.group);
            out.push_str(&self.question_html(place + 1, question, filled));
        }
        out.push_str(
            "<div class=\"quiz-actions\"><button type=\"submit\">Check my answers</button>\
             <output class=\"quiz-result\" role=\"status\"></output></div></form>",
        );
        one_block(&out)
    }

    fn question_html(&self, number: usize, question: &PublicQuestion, filled: Filled<'_>) -> String {
        let id = escape_html(&question.id);
        let anchor = format!("quiz-{}-{id}", escape_html(&self.name));
        let mut out = format!("<fieldset class=\"question\" data-question=\"{id}\" id=\"{anchor}\">");
        out.push_str(&prompt(number, &question.prompt));
        match &question.kind {
            PublicQuestionKind::MultipleChoice { multiple, options } => {
                out.push_str(&choice(&id, *multiple, options, filled));
            }
            PublicQuestionKind::ShortAnswer { format } => out.push_str(&short(&id, &anchor, *format, filled)),
            PublicQuestionKind::Reachability { manifest, flows } => {
                out.push_str(&reachability(&id, manifest.as_deref(), flows, filled));
            }
        }
        if question.asks_why {
            let why = filled.text(&format!("{id}.why"));
            out.push_str(&format!(
                "<label class=\"why\">Why? <textarea name=\"{id}.why\" rows=\"2\" maxlength=\"2000\">{why}</textarea></label>"
            ));
        }
        out.push_str("<div class=\"result\" hidden></div></fieldset>");
        out
    }
}

/// What was sent from a form. Names are looked for as they stand in the HTML.
#[derive(Clone, Copy)]
struct Filled<'a>(&'a [(String, String)]);

impl Filled<'_> {
    /// The attribute of a choice that was made.
    fn checked(self, name: &str, value: &str) -> &'static str {
        let chosen = self.0.iter().any(|(field, given)| escape_html(field) == name && given == value);
        if chosen { " checked" } else { "" }
    }

    /// What was written, as HTML.
    fn text(self, name: &str) -> String {
        self.0
            .iter()
            .find(|(field, _)| escape_html(field) == name)
            .map(|(_, text)| escape_html(text))
            .unwrap_or_default()
    }
}

/// A prompt of one paragraph is the legend; a longer one stands below it, because a legend is a line.
fn prompt(number: usize, prompt: &str) -> String {
    match one_paragraph(prompt) {
        Some(html) => {
            format!("<legend class=\"prompt\"><span class=\"question-number\">{number}.</span> {html}</legend>")
        }
        None => format!(
            "<legend class=\"prompt\">Question {number}</legend><div class=\"prompt-text\">{}</div>",
            markdown_to_html(prompt)
        ),
    }
}

fn choice(id: &str, multiple: bool, options: &[PublicOption], filled: Filled<'_>) -> String {
    let kind = if multiple { "checkbox" } else { "radio" };
    let mut out = String::new();
    if multiple {
        out.push_str("<p class=\"choose\">Choose all that apply.</p>");
    }
    for option in options {
        out.push_str(&format!(
            "<label class=\"option\"><input type=\"{kind}\" name=\"{id}\" value=\"{}\"{}> <span>{}</span></label>",
            escape_html(&option.id),
            filled.checked(id, &option.id),
            markdown_to_inline_html(&option.text)
        ));
    }
    out
}

fn short(id: &str, anchor: &str, format: TextFormat, filled: Filled<'_>) -> String {
    let label = format!("<label class=\"short\" for=\"{anchor}-answer\">Your answer</label> ");
    let common =
        format!("id=\"{anchor}-answer\" name=\"{id}\" autocomplete=\"off\" spellcheck=\"false\" maxlength=\"4000\"");
    let text = filled.text(id);
    match format {
        TextFormat::Short if text.is_empty() => format!("{label}<input type=\"text\" {common}>"),
        TextFormat::Short => format!("{label}<input type=\"text\" {common} value=\"{text}\">"),
        TextFormat::Long => format!("{label}<textarea rows=\"4\" {common}>{text}</textarea>"),
        TextFormat::Code => format!("{label}<textarea rows=\"6\" class=\"code\" {common}>{text}</textarea>"),
    }
}

fn reachability(id: &str, manifest: Option<&str>, flows: &[PublicFlow], filled: Filled<'_>) -> String {
    let mut out = String::new();
    if let Some(manifest) = manifest {
        out.push_str(&format!("<pre><code class=\"language-yaml\">{}</code></pre>", escape_html(manifest)));
    }
    let asked: Vec<_> = flows.iter().map(|flow| flow.flow.clone()).collect();
    let picture = draw(&picture_of_question(&asked), PictureForm::Page, &[]);
    out.push_str(&format!("<figure class=\"asked\">{}</figure>", picture.trim_end()));
    out.push_str(
        "<table class=\"flows\"><thead><tr><th scope=\"col\">Flow</th><th scope=\"col\">Allowed</th>\
         <th scope=\"col\">Blocked</th></tr></thead><tbody>",
    );
    for flow in flows {
        let text = escape_html(&flow.flow.to_string());
        let flow = escape_html(&flow.id);
        out.push_str(&format!("<tr data-flow=\"{flow}\"><th scope=\"row\"><code>{text}</code></th>"));
        for verdict in ["allowed", "blocked"] {
            let checked = filled.checked(&format!("{id}.{flow}"), verdict);
            out.push_str(&format!(
                "<td><input type=\"radio\" name=\"{id}.{flow}\" value=\"{verdict}\" aria-label=\"{text}: {verdict}\"{checked}></td>"
            ));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    out
}
