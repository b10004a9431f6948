//! A quiz on a terminal: asking the questions, and saying afterwards what was right and why.

use std::io::{self, IsTerminal as _, Write};

use anyhow::Result;
use course::QuestionResult;
use dialoguer::Input;
use serde_json::{Map, Value, json};

use crate::failure::Advice;
use crate::terminal::output::{self, BAD, DIM, GOOD, TITLE};
use crate::terminal::{choice, markdown};

/// Asks every question; the answers by question id.
pub(crate) fn ask(quiz: &Value) -> Result<Value> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        let advice = "hand in answers with --answers FILE, or see the questions with -o json";
        return Err(Advice::new("a quiz needs a terminal to ask on", advice).into());
    }
    let questions: Vec<_> = quiz["questions"].as_array().into_iter().flatten().collect();
    let mut answers = Map::new();
    let mut group = None;
    for (at, question) in questions.iter().enumerate() {
        let mut out = output::stdout();
        writeln!(out, "\n{TITLE}Question {} of {}{TITLE:#}", at + 1, questions.len())?;
        if question["group"].as_str() != group {
            group = question["group"].as_str();
            writeln!(out, "{}\n", markdown::rendered(group.unwrap_or_default(), "", output::width()))?;
        }
        writeln!(out, "{}\n", markdown::rendered(text(&question["prompt"]), "", output::width()))?;
        if let Some(manifest) = question["manifest"].as_str() {
            writeln!(out, "{}\n", manifest.trim_end())?;
        }
        out.flush()?;
        drop(out);
        answers.insert(text(&question["id"]).to_owned(), answer(question)?);
    }
    Ok(Value::Object(answers))
}

fn answer(question: &Value) -> Result<Value> {
    Ok(match question["type"].as_str().unwrap_or_default() {
        "multiple_choice" => choose(question)?,
        "reachability" => judge(question)?,
        _ => json!(Input::<String>::new().with_prompt("Your answer").allow_empty(true).interact_text()?),
    })
}

fn choose(question: &Value) -> Result<Value> {
    let options: Vec<_> = question["options"].as_array().into_iter().flatten().collect();
    let texts: Vec<_> = options.iter().map(|option| plain(text(&option["text"]))).collect();
    if question["multiple"] == true {
        say(choice::HOW_SEVERAL)?;
        return Ok(choice::several(&texts)?.into_iter().map(|at| options[at]["id"].clone()).collect());
    }
    say(choice::HOW_ONE)?;
    Ok(options[choice::one(&texts)?]["id"].clone())
}

fn judge(question: &Value) -> Result<Value> {
    let words = ["allowed", "blocked"].map(str::to_owned);
    let mut verdicts = Map::new();
    say(choice::HOW_ONE)?;
    for flow in question["flows"].as_array().into_iter().flatten() {
        let ends =
            format!("{} → {}:{}/{}", text(&flow["from"]), text(&flow["to"]), flow["port"], text(&flow["protocol"]));
        say(&format!("{TITLE}{ends}{TITLE:#}"))?;
        verdicts.insert(text(&flow["id"]).to_owned(), json!(words[choice::one(&words)?]));
    }
    Ok(Value::Object(verdicts))
}

/// What belongs to the answer that is being typed is drawn where that is.
fn say(words: &str) -> io::Result<()> {
    writeln!(anstream::stderr(), "{}", output::wrapped(words, "", output::width()))
}

/// Prints what was right, what was wrong, and why.
pub(crate) fn print_report(out: &mut dyn Write, quiz: &Value, report: &Value, width: usize) -> io::Result<()> {
    for (at, result) in report["questions"].as_array().into_iter().flatten().enumerate() {
        let (style, sign) = if result["correct"] == true { (GOOD, "✓") } else { (BAD, "✗") };
        let question =
            quiz["questions"].as_array().into_iter().flatten().find(|question| question["id"] == result["id"]);
        let prompt = question.map(|question| plain(text(&question["prompt"]))).unwrap_or_default();
        let prompt = output::wrapped(&format!("{}. {prompt}", at + 1), "  ", width);
        writeln!(out, "{style}{sign}{style:#} {}", prompt.trim_start())?;
        writeln!(out, "{}", output::wrapped(&said(result), "  ", width))?;
        for flow in result["flows"].as_array().into_iter().flatten().filter(|flow| flow["answer"] != flow["verdict"]) {
            writeln!(out, "{}", output::wrapped(text(&flow["why"]), "    ", width))?;
        }
        if let Some(explanation) = result["explanation"].as_str() {
            writeln!(out, "{}", markdown::rendered(explanation, "  ", width))?;
        }
        writeln!(out)?;
    }
    let (style, words) = if report["passed"] == true { (GOOD, "Passed") } else { (BAD, "Not passed yet") };
    let points = output::share_in_words(&report["points"], &report["max_points"]);
    writeln!(out, "{style}{words}{style:#}: {points}")?;
    if let Some(best) = report["best_points"].as_f64() {
        writeln!(out, "{DIM}Recorded; your best is {}.{DIM:#}", output::points(best))?;
    }
    Ok(())
}

/// How a question went, in the words that the page has for it.
fn said(result: &Value) -> String {
    let Ok(result) = serde_json::from_value::<QuestionResult>(result.clone()) else {
        // A server of another version knows other states.
        return text(&result["message"]).to_owned();
    };
    match result.remark() {
        Some(remark) => format!("{}: {remark}", result.state.words()),
        None => result.state.words().to_owned(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Markdown on one line, without its marks.
fn plain(markdown: &str) -> String {
    let lines = markdown::rendered(markdown, "", usize::MAX);
    anstream::adapter::strip_str(&lines).to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
