//! A reachability for people: a matrix where it fits the terminal, else a list by destination in
//! which whole namespaces stand as one word.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;
use netpol::{counted, grouped};

use crate::terminal::grid::{Cell, Grid, split};
use crate::terminal::output::{self, BAD, DIM, GOOD, HINT, TITLE};
use crate::terminal::table::{self, Table};

/// Prints the grid for a terminal of this width.
pub(crate) fn print(out: &mut dyn Write, grid: &Grid<'_>, width: usize) -> io::Result<()> {
    let (flows, allowed) = grid.totals();
    // A wide matrix is not worth building to learn that it does not fit.
    let matrix = (grid.targets().len() * 4 <= width).then(|| matrix(grid)).filter(|matrix| matrix.width() <= width);
    match matrix {
        Some(matrix) => matrix.print(out, "")?,
        None if grid.targets().len() > MOST_DESTINATIONS => print_summary(out, grid)?,
        None => print_by_destination(out, grid, width)?,
    }
    writeln!(out)?;
    let (blocked, depending) = (flows - allowed, grid.depending());
    write!(
        out,
        "{}: {GOOD}✓ {} allowed{GOOD:#}, {BAD}✗ {} blocked{BAD:#}",
        counted(grouped(flows + depending), "flow"),
        grouped(allowed),
        grouped(blocked)
    )?;
    match depending {
        0 => writeln!(out)?,
        _ => {
            writeln!(out, ", {HINT}? {} not known{HINT:#}", grouped(depending))?;
            let notes = [
                "? depends on the pod's address, which the files do not name; --pod-cidr tells where pods have theirs",
                "? depends on which nodes there are, which the files do not name; --node tells them",
            ];
            for (note, _) in notes.iter().zip(grid.unknown()).filter(|(_, unknown)| *unknown) {
                writeln!(out, "{DIM}{}{DIM:#}", output::wrapped(note, "", width))?;
            }
        }
    }
    if grid.has_undefined() {
        writeln!(out, "{DIM}? host-network pods: the standard leaves it undefined; most plugins do this{DIM:#}")?;
    }
    Ok(())
}

/// More destinations than these nobody reads one by one.
const MOST_DESTINATIONS: usize = 200;

/// What namespaces reach of namespaces, in numbers: there are too many pods to list.
fn print_summary(out: &mut dyn Write, grid: &Grid<'_>) -> io::Result<()> {
    let place = |name: &str| match split(name).0 {
        "" => "(outside)".to_owned(),
        namespace => namespace.to_owned(),
    };
    let mut counts: BTreeMap<(String, String), [u64; 3]> = BTreeMap::new();
    for (source, from) in grid.sources().iter().enumerate() {
        for (at, target) in grid.targets().iter().enumerate() {
            let slot = match grid.cell(source, at) {
                Cell::Empty => continue,
                Cell::Allowed | Cell::ProbablyAllowed => 0,
                Cell::Blocked | Cell::ProbablyBlocked => 1,
                Cell::Depends => 2,
            };
            counts.entry((place(from), place(target.name))).or_default()[slot] += 1;
        }
    }
    if counts.len() > MOST_PAIRS {
        print_in_short(out, &counts)?;
        return too_many(out);
    }
    let mut table = Table::default();
    table.row(["from", "to", "flows", "allowed"].map(|title| table::Cell::styled(title, TITLE)));
    for ((from, to), [allowed, blocked, depends]) in counts {
        let all = allowed + blocked + depends;
        let (text, style) = match (allowed, depends) {
            (0, 0) => ("none".to_owned(), BAD),
            (allowed, 0) if allowed == all => ("all".to_owned(), GOOD),
            (allowed, 0) => (grouped(allowed), HINT),
            (allowed, depends) => (format!("{}, {} not known", grouped(allowed), grouped(depends)), HINT),
        };
        table.row([from.into(), to.into(), grouped(all).into(), table::Cell::styled(text, style)]);
    }
    table.print(out, "")?;
    too_many(out)
}

fn too_many(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "{DIM}Too many pods to list: name some with --from and --to, or take -o csv.{DIM:#}")
}

/// More pairs of namespaces than these nobody reads one by one.
const MOST_PAIRS: usize = 400;
/// So many rows are shown, and so many namespaces of each are named.
const ROWS: usize = 50;
const NAMED: usize = 3;

/// What is open to how many namespaces; those to which the same holds stand in one row.
fn print_in_short(out: &mut dyn Write, counts: &BTreeMap<(String, String), [u64; 3]>) -> io::Result<()> {
    let mut by_destination: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for ((_, to), [allowed, blocked, depends]) in counts {
        let slot = match (allowed, blocked + depends) {
            (_, 0) => 0,
            (0, _) if *depends == 0 => 2,
            _ => 1,
        };
        by_destination.entry(to).or_default()[slot] += 1;
    }
    let mut alike: BTreeMap<[usize; 3], Vec<&str>> = BTreeMap::new();
    for (to, sources) in by_destination {
        alike.entry(sources).or_default().push(to);
    }
    let mut table = Table::default();
    let titles = ["to", "namespaces from which all is allowed", "some", "nothing"];
    table.row(titles.map(|title| table::Cell::styled(title, TITLE)));
    let rows = alike.len();
    for (sources, names) in alike.into_iter().take(ROWS) {
        let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(NAMED);
        let who = if more == 0 { named } else { format!("{named} and {} more", grouped(more as u64)) };
        let [all, some, none] = sources.map(|number| grouped(number as u64));
        let cells = [(all, GOOD), (some, HINT), (none, BAD)];
        table.row([who.into()].into_iter().chain(cells.map(|(text, style)| table::Cell::styled(text, style))));
    }
    table.print(out, "")?;
    match rows.saturating_sub(ROWS) {
        0 => Ok(()),
        more => writeln!(out, "{DIM}… and {more} more rows{DIM:#}"),
    }
}

fn matrix(grid: &Grid<'_>) -> Table {
    let mut table = Table::default();
    let targets = grid.targets();
    let namespaces = targets.chunk_by(|a, b| split(a.name).0 == split(b.name).0);
    let namespaces = namespaces.map(|group| heading(split(group[0].name).0).across(group.len()));
    table.row(std::iter::once("".into()).chain(namespaces));
    let pods = targets.chunk_by(|a, b| a.name == b.name);
    let pods = pods.map(|group| heading(split(group[0].name).1).across(group.len()));
    table.row(std::iter::once("".into()).chain(pods));
    let ports = targets.iter().map(|target| heading(format!("{}/{}", target.port, target.protocol)));
    table.row(std::iter::once(table::Cell::styled("from ↓  to →", DIM)).chain(ports));
    for (source, name) in grid.sources().iter().enumerate() {
        let cells = (0..targets.len()).map(|target| sign(grid.cell(source, target)));
        table.row(std::iter::once(heading(*name)).chain(cells));
    }
    table
}

fn heading(text: impl Into<String>) -> table::Cell {
    table::Cell::styled(text, TITLE)
}

fn sign(cell: Cell) -> table::Cell {
    match cell {
        Cell::Empty => table::Cell::styled("·", DIM),
        Cell::Allowed => table::Cell::styled("✓", GOOD),
        Cell::Blocked => table::Cell::styled("✗", BAD),
        Cell::ProbablyAllowed => table::Cell::styled("✓?", GOOD),
        Cell::ProbablyBlocked => table::Cell::styled("✗?", BAD),
        Cell::Depends => table::Cell::styled("?", HINT),
    }
}

fn print_by_destination(out: &mut dyn Write, grid: &Grid<'_>, width: usize) -> io::Result<()> {
    for (at, target) in grid.targets().iter().enumerate() {
        writeln!(out, "{TITLE}{} {}/{}{TITLE:#}", target.name, target.port, target.protocol)?;
        let answers = grid.sources().iter().enumerate();
        let answers = answers.map(|(source, name)| (*name, grid.cell(source, at)));
        let by_verdict = Collapsed::new(answers);
        print_sources(out, "✓", GOOD, &by_verdict.allowed, width)?;
        print_sources(out, "✗", BAD, &by_verdict.blocked, width)?;
        print_sources(out, "?", HINT, &by_verdict.depends, width)?;
    }
    Ok(())
}

fn print_sources(out: &mut dyn Write, sign: &str, style: Style, names: &[String], width: usize) -> io::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let text = output::wrapped(&names.join(", "), "    ", width);
    let text = text.trim_start();
    writeln!(out, "  {style}{sign}{style:#} {text}")
}

/// The sources of one destination by verdict; where all pods of a namespace agree, the namespace
/// stands for them. A question mark stands behind what the standard leaves undefined.
#[derive(Debug, Default)]
struct Collapsed {
    allowed: Vec<String>,
    blocked: Vec<String>,
    depends: Vec<String>,
}

impl Collapsed {
    /// Groups sources with what is said about them.
    fn new<'a>(answers: impl IntoIterator<Item = (&'a str, Cell)>) -> Self {
        let mut namespaces: BTreeMap<(bool, &str), Vec<(&str, Cell)>> = BTreeMap::new();
        for (name, cell) in answers {
            if cell != Cell::Empty {
                let namespace = split(name).0;
                // Addresses come last, as in the engine's rows.
                namespaces.entry((namespace.is_empty(), namespace)).or_default().push((name, cell));
            }
        }
        let mut collapsed = Self::default();
        for ((_, namespace), members) in namespaces {
            let agree = members.iter().all(|(_, cell)| cell.is_allowed() == members[0].1.is_allowed());
            if agree && members.len() > 1 && !namespace.is_empty() {
                let undefined = members.iter().find(|(_, cell)| cell.is_undefined());
                let (_, cell) = undefined.unwrap_or(&members[0]);
                collapsed.add(format!("{namespace}/*"), *cell);
            } else {
                members.into_iter().for_each(|(name, cell)| collapsed.add(name.to_owned(), cell));
            }
        }
        collapsed
    }

    fn add(&mut self, name: String, cell: Cell) {
        let name = if cell.is_undefined() { name + "?" } else { name };
        match cell {
            Cell::Depends => self.depends.push(name),
            cell if cell.is_allowed() == Some(true) => self.allowed.push(name),
            _ => self.blocked.push(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Collapsed};

    #[test]
    fn a_namespace_that_agrees_is_one_word() {
        let answers = [
            ("dev/a", Cell::Blocked),
            ("dev/b", Cell::Blocked),
            ("kube-system/a", Cell::Allowed),
            ("kube-system/b", Cell::ProbablyAllowed),
            ("ops/a", Cell::Allowed),
            ("ops/b", Cell::Empty),
            ("shop/a", Cell::Allowed),
            ("shop/b", Cell::ProbablyBlocked),
            ("1.2.3.4", Cell::Allowed),
        ];
        let collapsed = Collapsed::new(answers);
        assert_eq!(collapsed.allowed, ["kube-system/*?", "ops/a", "shop/a", "1.2.3.4"]);
        assert_eq!(collapsed.blocked, ["dev/*", "shop/b?"]);
    }
}
