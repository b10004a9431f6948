//! A quiz as plain HTML: a form that works without JavaScript, and that a script can take over.

use super::markdown::{escape, markdown_to_html, markdown_to_inline_html, one_block, one_paragraph};
use crate::quizzes::{PublicFlow, PublicOption, PublicQuestion, PublicQuestionKind, PublicQuiz, TextFormat};

impl PublicQuiz {
    /// The quiz as a form that is sent to `/quizzes/NAME`. `hidden` is put into the form as it is: the
    /// server's fields against forged requests. There is no blank line in it, so it can stand in
    /// Markdown.
    #[must_use]
    pub fn to_html(&self, hidden: &str) -> String {
        let name = escape(&self.name);
        let mut out = format!(
            "<form class=\"quiz\" method=\"post\" action=\"/quizzes/{name}\" data-quiz=\"{name}\" \
             aria-labelledby=\"quiz-{name}-title\">{hidden}<h3 class=\"quiz-title\" id=\"quiz-{name}-title\">{}</h3>",
            escape(&self.title)
        );
        let mut group = None;
        for (place, question) in self.questions.iter().enumerate() {
            if question.group.is_some() && question.group != group {
                let text = question.group.as_deref().unwrap_or_default();
                out.push_str(&format!("<div class=\"question-group\">{}</div>", markdown_to_html(text)));
            }
            group.clone_from(&question.group);
            out.push_str(&self.question_html(place + 1, question));
        }
        out.push_str(
            "<div class=\"quiz-actions\"><button type=\"submit\">Check my answers</button>\
             <output class=\"quiz-result\" role=\"status\"></output></div></form>",
        );
        one_block(&out)
    }

    fn question_html(&self, number: usize, question: &PublicQuestion) -> String {
        let id = escape(&question.id);
        let anchor = format!("quiz-{}-{id}", escape(&self.name));
        let mut out = format!("<fieldset class=\"question\" data-question=\"{id}\" id=\"{anchor}\">");
        out.push_str(&prompt(number, &question.prompt));
        match &question.kind {
            PublicQuestionKind::MultipleChoice { multiple, options } => out.push_str(&choice(&id, *multiple, options)),
            PublicQuestionKind::ShortAnswer { format } => out.push_str(&short(&id, &anchor, *format)),
            PublicQuestionKind::Reachability { manifest, flows } => {
                out.push_str(&reachability(&id, manifest.as_deref(), flows));
            }
        }
        if question.asks_why {
            out.push_str(&format!(
                "<label class=\"why\">Why? <textarea name=\"{id}.why\" rows=\"2\" maxlength=\"2000\"></textarea></label>"
            ));
        }
        out.push_str("<div class=\"result\" hidden></div></fieldset>");
        out
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

fn choice(id: &str, multiple: bool, options: &[PublicOption]) -> String {
    let kind = if multiple { "checkbox" } else { "radio" };
    let mut out = String::new();
    if multiple {
        out.push_str("<p class=\"choose\">Choose all that apply.</p>");
    }
    for option in options {
        out.push_str(&format!(
            "<label class=\"option\"><input type=\"{kind}\" name=\"{id}\" value=\"{}\"> <span>{}</span></label>",
            escape(&option.id),
            markdown_to_inline_html(&option.text)
        ));
    }
    out
}

fn short(id: &str, anchor: &str, format: TextFormat) -> String {
    let label = format!("<label class=\"short\" for=\"{anchor}-answer\">Your answer</label> ");
    let common =
        format!("id=\"{anchor}-answer\" name=\"{id}\" autocomplete=\"off\" spellcheck=\"false\" maxlength=\"4000\"");
    match format {
        TextFormat::Short => format!("{label}<input type=\"text\" {common}>"),
        TextFormat::Long => format!("{label}<textarea rows=\"4\" {common}></textarea>"),
        TextFormat::Code => format!("{label}<textarea rows=\"6\" class=\"code\" {common}></textarea>"),
    }
}

fn reachability(id: &str, manifest: Option<&str>, flows: &[PublicFlow]) -> String {
    let mut out = String::new();
    if let Some(manifest) = manifest {
        out.push_str(&format!("<pre><code class=\"language-yaml\">{}</code></pre>", escape(manifest)));
    }
    out.push_str(
        "<table class=\"flows\"><thead><tr><th scope=\"col\">Flow</th><th scope=\"col\">Allowed</th>\
         <th scope=\"col\">Blocked</th></tr></thead><tbody>",
    );
    for flow in flows {
        let text = escape(&flow.flow.to_string());
        let flow = escape(&flow.id);
        out.push_str(&format!("<tr data-flow=\"{flow}\"><th scope=\"row\"><code>{text}</code></th>"));
        for verdict in ["allowed", "blocked"] {
            out.push_str(&format!(
                "<td><input type=\"radio\" name=\"{id}.{flow}\" value=\"{verdict}\" aria-label=\"{text}: {verdict}\"></td>"
            ));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    out
}
