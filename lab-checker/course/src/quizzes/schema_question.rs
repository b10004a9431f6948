//! Questions in the mdbook-quiz schema, read as it is.

use std::collections::BTreeSet;

use mdbook_quiz_schema::{
    Markdown, MultipleChoiceAnswerFormat, MultipleChoicePrompt, Question as SchemaQuestion, QuestionFields,
    ShortAnswerAnswer, ShortAnswerPrompt, ShortAnswerResponseFormat,
};

use super::quiz::{Accepted, ChoiceOption, OptionOrder, Question, QuestionKind, TextFormat};
use super::source::question_id;
use crate::files::{Field, Fields};

const KEYS: [&str; 7] = ["id", "type", "multipart", "prompt", "answer", "context", "promptExplanation"];

/// Reads a question of `[[questions]]`; `groups` are the texts that several questions share.
pub(crate) fn question(field: &Field<'_>, groups: Option<&Field<'_>>) -> Option<Question> {
    let fields = field.fields(&KEYS)?;
    let id = question_id(&fields);
    known_keys(&fields);
    let schema = match serde_json::from_value::<SchemaQuestion>(field.to_value()) {
        Ok(schema) => schema,
        Err(error) => {
            field.wrong(format!("not a question of mdbook-quiz: {error}"), "see FORMATS.md");
            return None;
        }
    };
    match schema {
        SchemaQuestion::MultipleChoice(question) => {
            let question = question.0;
            let kind = choice(field, &question.prompt, &question.answer.answer)?;
            let prompt = question.prompt.prompt.0.clone();
            finish(field, &fields, groups, id?, prompt, rest(question), kind)
        }
        SchemaQuestion::ShortAnswer(question) => {
            let question = question.0;
            let kind = short(field, &question.prompt, &question.answer)?;
            let prompt = question.prompt.prompt.0.clone();
            finish(field, &fields, groups, id?, prompt, rest(question), kind)
        }
        SchemaQuestion::Tracing(_) => {
            field.wrong(
                "Tracing questions are about Rust programs, and cannot be graded here",
                "use MultipleChoice, ShortAnswer or `[[reachability]]`",
            );
            None
        }
    }
}

/// What all kinds of questions have beside prompt and answer.
struct Rest {
    multipart: Option<String>,
    context: Option<String>,
    asks_why: bool,
}

fn rest<P, A>(question: QuestionFields<P, A>) -> Rest {
    Rest {
        multipart: question.multipart,
        context: question.context.map(|context| context.0),
        asks_why: question.prompt_explanation.unwrap_or(false),
    }
}

fn finish(
    field: &Field<'_>,
    fields: &Fields<'_>,
    groups: Option<&Field<'_>>,
    id: String,
    prompt: String,
    rest: Rest,
    kind: QuestionKind,
) -> Option<Question> {
    if prompt.trim().is_empty() {
        field.wrong("the prompt is empty", "write `prompt.prompt`");
    }
    let group = rest.multipart.and_then(|key| {
        let entries = groups.map(Field::entries).unwrap_or_default();
        let text = entries.into_iter().find(|(name, _)| *name == key).and_then(|(_, field)| field.text());
        if let (None, Some(field)) = (&text, fields.get("multipart")) {
            field.wrong(format!("`[multipart]` has no `{key}`"), "add the text that the questions of the group share");
        }
        text
    });
    Some(Question { id, line: field.line(), prompt, group, context: rest.context, asks_why: rest.asks_why, kind })
}

/// mdbook-quiz ignores keys that it does not know, and a question silently loses its explanation.
fn known_keys(fields: &Fields<'_>) {
    const PROMPT: [&str; 5] = ["prompt", "distractors", "answerIndex", "sortAnswers", "response"];
    const ANSWER: [&str; 2] = ["answer", "alternatives"];
    if fields.text("type").as_deref() == Some("Tracing") {
        return;
    }
    if let Some(prompt) = fields.get("prompt") {
        prompt.fields(&PROMPT);
    }
    if let Some(answer) = fields.get("answer") {
        answer.fields(&ANSWER);
    }
}

fn choice(
    field: &Field<'_>,
    prompt: &MultipleChoicePrompt,
    answer: &MultipleChoiceAnswerFormat,
) -> Option<QuestionKind> {
    let (right, multiple): (Vec<&Markdown>, bool) = match answer {
        MultipleChoiceAnswerFormat::Single(answer) => (vec![answer], false),
        MultipleChoiceAnswerFormat::Multi(answers) => (answers.iter().collect(), true),
    };
    let option = |right: bool| move |text: &Markdown| ChoiceOption { text: text.0.clone(), right };
    let mut options: Vec<ChoiceOption> = prompt.distractors.iter().map(option(false)).collect();
    let answers: Vec<ChoiceOption> = right.into_iter().map(option(true)).collect();
    if answers.is_empty() {
        field.wrong("no answer is right", "name at least one in `answer.answer`");
        return None;
    }
    if options.is_empty() && !multiple {
        field.wrong("there is nothing to choose from", "add `prompt.distractors`");
    }
    let place = prompt.answer_index.unwrap_or(options.len());
    if place > options.len() {
        field.wrong(format!("`answerIndex` is {place}, and there are {} distractors", options.len()), "count from 0");
        return None;
    }
    options.splice(place..place, answers);
    let mut texts = BTreeSet::new();
    for option in &options {
        if option.text.trim().is_empty() {
            field.wrong("an option is empty", "write some text");
        } else if !texts.insert(option.text.trim()) {
            field.wrong(format!("two options say \"{}\"", option.text), "one of them can never be told from the other");
        }
    }
    let order = match (prompt.answer_index, prompt.sort_answers) {
        (_, Some(true)) => {
            options.sort_by(|a, b| a.text.cmp(&b.text));
            OptionOrder::AsWritten
        }
        (Some(_), _) => OptionOrder::AsWritten,
        _ => OptionOrder::Shuffled,
    };
    Some(QuestionKind::Choice { options, multiple, order })
}

fn short(field: &Field<'_>, prompt: &ShortAnswerPrompt, answer: &ShortAnswerAnswer) -> Option<QuestionKind> {
    let mut accepted = vec![answer.answer.clone()];
    accepted.extend(answer.alternatives.iter().flatten().cloned());
    if accepted.iter().any(|text| text.trim().is_empty()) {
        field.wrong("an accepted answer is empty", "an empty answer counts as none");
        return None;
    }
    let format = match prompt.response {
        None | Some(ShortAnswerResponseFormat::Short) => TextFormat::Short,
        Some(ShortAnswerResponseFormat::Long) => TextFormat::Long,
        Some(ShortAnswerResponseFormat::Code) => TextFormat::Code,
    };
    Some(QuestionKind::Short { accepted: Accepted::Texts(accepted), format })
}
