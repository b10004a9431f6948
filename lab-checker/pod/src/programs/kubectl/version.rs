//! `kubectl version`.

use super::client::{Client, JSON};
use super::failure::Failure;
use super::flags::{Flags, PRINTING, Spec, Takes};
use crate::process::Process;

const FLAGS: &[Spec] = &[("client", None, Takes::Nothing)];

pub(super) async fn run(process: &Process, words: &[String]) -> Result<u8, Failure> {
    let flags = Flags::read("version", &[FLAGS, PRINTING], words)?;
    let client = Client::new(process, &flags)?;
    let answer = client.get("/version", JSON).await?;
    let version = answer["gitVersion"].as_str().unwrap_or_default();
    process.say(format!("Client Version: {version}\nKustomize Version: v5.8.1")).await;
    if !flags.is("client") {
        process.say(format!("Server Version: {version}")).await;
    }
    Ok(0)
}
