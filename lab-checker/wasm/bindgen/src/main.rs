//! `bindgen IN.wasm OUT-DIRECTORY`: writes `engine.js`, `engine.d.ts` and `engine_bg.wasm`.

use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bindgen IN.wasm OUT-DIRECTORY".into());
    };
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.typescript(true).input_path(input).out_name("engine");
    Ok(bindgen.generate(out)?)
}
