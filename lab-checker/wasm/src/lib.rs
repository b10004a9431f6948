//! The engine in a page: labs and quizzes without a server. JSON goes in as text and comes out as text; what cannot be
//! answered is thrown, in words for whoever learns. Nothing is decided here: [`course`] is asked.

use course::workbench::{Asked, Bundle, Editor, PageLab, PreviewBundle, PreviewLab, Reach, TryBundle, try_out_in_page};
use course::{FirstTry, Rendered, SealedQuiz};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A lab, and its world in memory.
#[wasm_bindgen]
pub struct Lab(PageLab);

#[wasm_bindgen]
impl Lab {
    /// A lab from its bundle, `{id, title, files, rendered}`, as `kept` left it.
    #[wasm_bindgen(constructor)]
    pub fn new(bundle: &str, kept: Option<String>) -> Result<Lab, JsValue> {
        let bundle: Bundle = read_json(bundle)?;
        Ok(Self(PageLab::new(bundle, kept.as_deref()).map_err(thrown)?))
    }

    /// `{started, current, report, map}`.
    pub fn now(&self) -> String {
        self.0.now().to_string()
    }

    /// `{text, brought}` to what came of it.
    pub fn apply(&mut self, written: &str) -> Result<String, JsValue> {
        written_json(&self.0.apply(&read_json(written)?).map_err(thrown)?)
    }

    /// `{text, brought, open}` to what applying it would do.
    pub fn preview(&self, asked: &str) -> Result<String, JsValue> {
        written_json(&self.0.preview(&read_json(asked)?).map_err(thrown)?)
    }

    /// The report.
    pub fn check(&mut self) -> String {
        self.0.check().to_string()
    }

    /// `{from, to, port, text, brought}` to why the flow is allowed or blocked.
    pub fn why(&self, asked: &str) -> Result<String, JsValue> {
        let (flow, editor): (Asked, Editor) = (read_json(asked)?, read_json(asked)?);
        Ok(self.0.why(&flow, &editor).map_err(thrown)?.to_string())
    }

    /// A hint, counted from 1.
    pub fn hint(&self, number: usize) -> Result<String, JsValue> {
        written_json(&self.0.hint(number).map_err(thrown)?)
    }

    /// The solution, for who has passed.
    pub fn solution(&self) -> Result<String, JsValue> {
        written_json(&self.0.solution().map_err(thrown)?)
    }

    /// `{from, to, port}` to what a program in a pod would say, as far as policies tell.
    pub fn probe(&self, asked: &str) -> Result<String, JsValue> {
        written_json(&self.0.probe(&read_json(asked)?).map_err(thrown)?)
    }

    /// Begins the lab anew.
    pub fn reset(&mut self) {
        self.0.reset();
    }

    /// The world as text, which the constructor takes again.
    pub fn keep(&self) -> String {
        self.0.keep()
    }
}

/// A lab of a server, in which drafts are tried out and nothing is judged.
#[wasm_bindgen(js_name = PreviewLab)]
pub struct Previews(PreviewLab);

#[wasm_bindgen(js_class = PreviewLab)]
impl Previews {
    /// A lab and its world, as the server sends them.
    #[wasm_bindgen(constructor)]
    pub fn new(bundle: &str) -> Result<Previews, JsValue> {
        let bundle: PreviewBundle = read_json(bundle)?;
        Ok(Self(PreviewLab::new(bundle).map_err(thrown)?))
    }

    /// `{text, brought, open}` to what applying it would do; nothing where the server knows more.
    pub fn preview(&self, asked: &str) -> Result<Option<String>, JsValue> {
        let preview = self.0.preview(&read_json(asked)?).map_err(thrown)?;
        preview.map(|preview| written_json(&preview)).transpose()
    }
}

/// A quiz that grades itself.
#[wasm_bindgen]
pub struct Quiz(course::Quiz, Rendered);

#[wasm_bindgen]
impl Quiz {
    /// A quiz as `course build --site` seals it.
    #[wasm_bindgen(constructor)]
    pub fn new(sealed: &str) -> Result<Quiz, JsValue> {
        let sealed: SealedQuiz = read_json(sealed)?;
        Ok(Self(sealed.open().map_err(thrown)?, sealed.explanations().map_err(thrown)?.into_iter().collect()))
    }

    /// Answers by question id, to the report.
    pub fn grade(&self, answers: &str) -> Result<String, JsValue> {
        let report = self.0.hand_in(&read_json(answers)?).map_err(thrown)?;
        Ok(report.told(|text| self.1.html(text)).to_string())
    }

    /// The answer to one question, to its result.
    pub fn feedback(&self, answers: &str) -> Result<String, JsValue> {
        let result = self.0.feedback(&read_json(answers)?).map_err(thrown)?;
        Ok(result.told(|text| self.1.html(text)).to_string())
    }
}

/// The first try of the start page.
#[wasm_bindgen]
pub struct Try(FirstTry);

#[wasm_bindgen]
impl Try {
    /// A first try from its bundle, `{lab, text}`.
    #[wasm_bindgen(constructor)]
    pub fn new(bundle: &str) -> Result<Try, JsValue> {
        let bundle: TryBundle = read_json(bundle)?;
        Ok(Self(bundle.first_try().map_err(thrown)?))
    }

    /// A text to what it does in the scene.
    #[wasm_bindgen(js_name = tryOut)]
    pub fn try_out(&self, text: &str) -> Result<String, JsValue> {
        written_json(&try_out_in_page(&self.0, text))
    }
}

/// What is to be said about a text that belongs to no lab.
#[wasm_bindgen]
pub fn read(text: &str) -> String {
    json!(course::workbench::diagnostics(text)).to_string()
}

/// `{text, flows, ports, external}` to what reaches what among manifests that belong to no lab.
#[wasm_bindgen]
pub fn reach(asked: &str) -> Result<String, JsValue> {
    let asked: Reach = read_json(asked)?;
    written_json(&asked.answer().map_err(thrown)?)
}

/// This engine's version.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, JsValue> {
    serde_json::from_str(text).map_err(thrown)
}

fn written_json(value: &impl Serialize) -> Result<String, JsValue> {
    serde_json::to_string(value).map_err(thrown)
}

fn thrown(error: impl std::fmt::Display) -> JsValue {
    JsValue::from_str(&error.to_string())
}
