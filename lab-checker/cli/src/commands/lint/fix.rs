//! `--fix`: writing into the files what is certain. Only the lines that are wrong change, and a change is written only
//! when the text then says exactly what was meant, and nothing else has changed.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Context as _, Result};
use manifest::{ObjectId, Origin};
use netpol::{Finding, Lint};
use serde_json::Value;

use super::told::Told;
use crate::input::objects::Objects;

/// Writes fixes, and says which findings they were of, by their number.
pub(super) fn write(told: &[Told], objects: &Objects) -> Result<Vec<usize>> {
    let mut files: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, Told { place, .. }) in told.iter().enumerate() {
        if let Some((file, line)) = place.as_ref().and_then(|place| Some((place.file.as_deref()?, place.line))) {
            files.entry(file).or_default().push((line, at));
        }
    }
    let mut fixed = Vec::new();
    let mut mended: HashMap<String, Value> = HashMap::new();
    for (file, mut findings) in files.into_iter().filter(|(file, _)| Path::new(file).is_file()) {
        let text = std::fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?;
        // From the end on, so that the places of those before stay what they are.
        findings.sort_by(|a, b| b.cmp(a));
        let mut now = text.clone();
        for (_, at) in findings {
            let finding = &told[at].finding;
            if let Some((better, value)) = fixed_text(file, &now, finding, objects, &mended) {
                mended.insert(finding.policy.clone(), value);
                now = better;
                fixed.push(at);
            }
        }
        if now != text {
            std::fs::write(file, &now).with_context(|| format!("{file} cannot be written"))?;
        }
    }
    fixed.sort_unstable();
    Ok(fixed)
}

/// The text without one finding, and its policy as it is then, when that is certain. Some policies are mended already.
fn fixed_text(
    file: &str,
    text: &str,
    finding: &Finding,
    objects: &Objects,
    mended: &HashMap<String, Value>,
) -> Option<(String, Value)> {
    let (value, origin) = policy(finding, objects, file)?;
    let value = mended.get(&finding.policy).unwrap_or(value);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (lines, wanted) = match finding.lint {
        Lint::SplitRule => one_rule(&lines, finding, value, origin)?,
        Lint::UnusableBlock => other_block(&lines, finding, value, origin)?,
        Lint::PeerMatchesNothing => other_peer(&lines, finding, value, origin)?,
        _ => return None,
    };
    let better = lines.concat();
    says(file, text, &better, &wanted).then_some((better, wanted))
}

/// The policy that a finding is about, and where it stands in this file.
fn policy<'a>(finding: &Finding, objects: &'a Objects, file: &str) -> Option<(&'a Value, &'a Origin)> {
    let mut named = objects.values.iter().zip(&objects.origins).filter(|(value, origin)| {
        let ObjectId { namespace, name, .. } = ObjectId::of(value);
        let full = namespace.map_or_else(|| name.clone(), |namespace| format!("{namespace}/{name}"));
        &*origin.file == file && full == finding.policy && manifest::kinds::of(value).is_some_and(|it| it.is_policy())
    });
    named.next_back()
}

/// Whether a text holds the same objects as before, but for one that is as wanted.
fn says(file: &str, before: &str, after: &str, wanted: &Value) -> bool {
    let (before, after) = (manifest::parse(file, before), manifest::parse(file, after));
    let id = ObjectId::of(wanted);
    let pairs = || before.objects.iter().zip(&after.objects);
    before.objects.len() == after.objects.len()
        && !after.has_errors()
        && pairs().all(|(before, after)| {
            before.value == after.value || after.value == *wanted && ObjectId::of(&before.value) == id
        })
}

/// `spec.ingress[1]` as the direction and the number.
fn rule_of(field: &str) -> Option<(&str, usize)> {
    let (direction, rest) = field.strip_prefix("spec.")?.split_once('[')?;
    Some((direction, rest.split_once(']')?.0.parse().ok()?))
}

type Changed = (Vec<String>, Value);

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// Peers and ports of two rules in one: without the dash of the second.
fn one_rule(lines: &[&str], finding: &Finding, value: &Value, origin: &Origin) -> Option<Changed> {
    let (direction, at) = rule_of(&finding.field)?;
    let rules = value["spec"][direction].as_array()?;
    let has_peers = |at: usize| rules.get(at).is_some_and(|rule| rule.get("from").or(rule.get("to")).is_some());
    let second = if at > 0 && !has_peers(at) && has_peers(at - 1) { at } else { at + 1 };
    let place = origin.positions.at(&format!("spec.{direction}[{second}]"))?.start();
    let line = lines.get(place.line.checked_sub(1)?)?;
    let dash = line.find('-').filter(|dash| line[..*dash].trim().is_empty())?;
    let mut changed = owned(lines);
    changed[place.line - 1] = format!("{} {}", &line[..dash], &line[dash + 1..]);
    let mut wanted = value.clone();
    let list = wanted["spec"][direction].as_array_mut()?;
    let other = list.get(second)?.as_object()?.clone();
    list.get_mut(second - 1)?.as_object_mut()?.extend(other);
    list.remove(second);
    Some((changed, wanted))
}

/// A block that is written otherwise: the finding's fix names it.
fn other_block(lines: &[&str], finding: &Finding, value: &Value, origin: &Origin) -> Option<Changed> {
    let new = finding.fix.as_deref()?.strip_prefix("cidr: ")?;
    let pointer = pointer(&finding.field);
    let old = value.pointer(&pointer)?.as_str()?;
    let place = origin.positions.at(&finding.field)?.start();
    let line = lines.get(place.line.checked_sub(1)?)?;
    let start = line.char_indices().nth(place.column.checked_sub(1)?)?.0;
    let at = start + line[start..].find(old).filter(|at| *at <= 1)?;
    let mut changed = owned(lines);
    changed[place.line - 1] = format!("{}{new}{}", &line[..at], &line[at + old.len()..]);
    let mut wanted = value.clone();
    *wanted.pointer_mut(&pointer)? = new.into();
    Some((changed, wanted))
}

/// A peer as the finding's fix has it, in place of a peer in lines of its own that has no comment to lose.
fn other_peer(lines: &[&str], finding: &Finding, value: &Value, origin: &Origin) -> Option<Changed> {
    // Where several places are possible, a person must choose.
    let fix = finding.fix.as_deref().filter(|fix| !fix.contains("operator:"))?;
    let (documents, wrong) = manifest::yaml::read("", fix);
    let peer = documents.first().filter(|_| wrong.is_empty())?.value.get(0)?.clone();
    let place = origin.positions.at(&finding.field)?.start();
    let first = place.line.checked_sub(1)?;
    let dash = lines.get(first)?.find("- ").filter(|dash| lines[first][..*dash].trim().is_empty())?;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_inside = |line: &&&str| line.trim().is_empty() || indent(line) > dash;
    let last = first + 1 + lines[first + 1..].iter().take_while(is_inside).count();
    let blank = lines[first..last].iter().rev().take_while(|line| line.trim().is_empty()).count();
    let own = &lines[first..last - blank];
    if own.iter().any(|line| line.contains('#')) {
        return None;
    }
    let end = if own.last()?.ends_with("\r\n") { "\r\n" } else { "\n" };
    let new = fix.lines().map(|line| format!("{:dash$}{line}{end}", ""));
    let mut changed = owned(&lines[..first]);
    changed.extend(new);
    changed.extend(owned(&lines[last - blank..]));
    let mut wanted = value.clone();
    *wanted.pointer_mut(&pointer(&finding.field))? = peer;
    Some((changed, wanted))
}

/// `spec.ingress[0].from[1]` as a JSON pointer.
fn pointer(field: &str) -> String {
    format!("/{}", field.replace('[', "/").replace(']', "").replace('.', "/"))
}
