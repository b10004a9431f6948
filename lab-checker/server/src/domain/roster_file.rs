//! Lists of a class as schools and spreadsheets write them: the encoding, the separator and the names of the columns
//! are found out, and every line keeps its number, for what is said about it.

use std::borrow::Cow;

use csv::StringRecord;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::Deserialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AnyOfBuilder, ObjectBuilder, Schema, SchemaType, Type},
    },
};

use crate::problem::Problem;

/// One line of an imported list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct RosterRow {
    /// The whole name; or give `first_name` and `last_name`.
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: String,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) student_id: Option<String>,
    /// The group or section, by which the gradebook can be filtered.
    #[serde(default)]
    pub(super) group: Option<String>,
    /// Where it stands in a file.
    #[serde(skip)]
    pub(super) line: Option<u64>,
}

/// A part of a name: nothing that moves the text around it.
const ANY_PART: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";
/// The same, with something that can be seen.
const SEEN_NAME: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$";
/// Roughly an address, or nothing.
const ADDRESS: &str = r"^([^\s\x00-\x20\x7f-\x9f]+@[^\s@\x00-\x20\x7f-\x9f]+)?$";

impl PartialSchema for RosterRow {
    /// One of three names must be there, which no derived schema can say.
    fn schema() -> RefOr<Schema> {
        let text = |pattern: &str| ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build();
        let optional = |pattern: &str| {
            let mut text = text(pattern);
            text.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
            text
        };
        let with = |required: &str| {
            let names = ["name", "first_name", "last_name"];
            let object = names.iter().fold(ObjectBuilder::new(), |object, name| {
                object.property(*name, text(if *name == required { SEEN_NAME } else { ANY_PART }))
            });
            object
                .property("email", optional(ADDRESS))
                .property("student_id", optional(ANY_PART))
                .property("group", optional(ANY_PART))
                .required(required)
        };
        AnyOfBuilder::new().item(with("name")).item(with("first_name")).item(with("last_name")).into()
    }
}

impl ToSchema for RosterRow {}

/// What separates cells; the first wins when a first line has none.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// What columns are called, by us first, then by Moodle and others.
const NAME: &[&str] = &["name", "full_name", "fullname", "learner", "student", "student_name"];
const FIRST_NAME: &[&str] = &["first_name", "firstname", "given_name", "forename"];
const LAST_NAME: &[&str] = &["last_name", "lastname", "surname", "family_name"];
const EMAIL: &[&str] = &["email", "e_mail", "email_address", "e_mail_address", "mail"];
const STUDENT_ID: &[&str] = &["student_id", "id_number", "idnumber", "student_number", "student_no"];
const GROUP: &[&str] = &["group", "groups", "section", "class"];

/// The lines of a CSV file, whose first line names the columns.
pub(crate) fn rows_of_csv(bytes: &[u8]) -> Result<Vec<RosterRow>, Problem> {
    let text = decoded(bytes)?;
    let (text, before, separator) = separated(&text);
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.trim(csv::Trim::All).flexible(true).delimiter(separator);
    let mut reader = reader.from_reader(text.as_bytes());
    let wrong = |error: csv::Error| Problem::invalid(format!("the CSV cannot be read: {error}"));
    let columns = Columns::of(reader.headers().map_err(wrong)?)?;
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    let mut lines = Lines { text, line: before + 1, byte: 0 };
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        match columns.row(&record, line) {
            Ok(row) => rows.push(row),
            Err(error) => errors.push(format!("line {line}: {error}")),
        }
    }
    if errors.is_empty() { Ok(rows) } else { Err(nothing_imported(errors)) }
}

/// Counts the lines of a text, as somebody counts them who sees it in an editor.
struct Lines<'a> {
    text: &'a str,
    line: u64,
    byte: usize,
}

impl Lines<'_> {
    /// The line that the record stands on that is read from here; empty lines before it are read with it. Records are
    /// asked for in their order.
    fn at(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let from = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        let empty = bytes[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let start = from + empty;
        self.line += bytes[self.byte.min(start)..start].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.byte = start;
        self.line
    }
}

/// What is wrong with a list, with the first of it in the sentence.
pub(super) fn nothing_imported(wrong: Vec<String>) -> Problem {
    let first = wrong.first().cloned().unwrap_or_default();
    Problem::invalid(format!("nothing was imported: {} wrong, {first}", wrong.len())).with("errors", wrong)
}

/// The text: UTF-8, UTF-16 as its mark or its zeros tell, or what spreadsheets in Western Europe write.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let (encoding, bytes) = match (Encoding::for_bom(bytes), bytes) {
        (Some((encoding, mark)), _) => (encoding, &bytes[mark..]),
        (None, [_, 0, ..]) => (UTF_16LE, bytes),
        (None, [0, _, ..]) => (UTF_16BE, bytes),
        (None, _) if std::str::from_utf8(bytes).is_err() => (WINDOWS_1252, bytes),
        (None, _) => (encoding_rs::UTF_8, bytes),
    };
    let (text, has_errors) = encoding.decode_without_bom_handling(bytes);
    if has_errors {
        let name = encoding.name();
        let advice = "save it as “CSV UTF-8” and try again";
        return Err(Problem::invalid(format!("the list begins as {name} and goes on as something else; {advice}")));
    }
    Ok(text)
}

/// The text from its head on, how many lines stand before, and what separates cells: as a line `sep=;` says, else what
/// stands most often in the head.
fn separated(text: &str) -> (&str, u64, u8) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let [separator] = first.trim_matches(['\r', '"', ' ']).strip_prefix("sep=").unwrap_or_default().as_bytes() {
        return (rest, 1, *separator);
    }
    let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let outside_quotes = || head.split('"').step_by(2).flat_map(str::bytes);
    let often = |separator: &u8| outside_quotes().filter(|byte| byte == separator).count();
    let separator = SEPARATORS.into_iter().rev().max_by_key(often).unwrap_or(b',');
    (text, 0, separator)
}

/// Which column is which.
struct Columns {
    count: usize,
    name: Option<usize>,
    first_name: Option<usize>,
    last_name: Option<usize>,
    email: Option<usize>,
    student_id: Option<usize>,
    group: Option<usize>,
}

impl Columns {
    fn of(head: &StringRecord) -> Result<Self, Problem> {
        let names: Vec<String> = head.iter().map(plain).collect();
        let find = |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| name == known));
        let columns = Self {
            count: head.len(),
            name: find(NAME),
            first_name: find(FIRST_NAME),
            last_name: find(LAST_NAME),
            email: find(EMAIL),
            student_id: find(STUDENT_ID),
            group: find(GROUP),
        };
        if columns.name.or(columns.first_name).or(columns.last_name).is_none() {
            let found: String = head.iter().collect::<Vec<_>>().join(", ").chars().take(200).collect();
            return Err(Problem::invalid(format!(
                "the first line must name the columns, `name` (or `first_name`) among them; it says {found:?}"
            )));
        }
        Ok(columns)
    }

    fn row(&self, record: &StringRecord, line: u64) -> Result<RosterRow, String> {
        if record.iter().skip(self.count).any(|cell| !cell.is_empty()) {
            let (cells, columns) = (record.len(), self.count);
            return Err(format!("has {cells} cells, and the first line names {columns} columns"));
        }
        let cell = |column: Option<usize>| column.and_then(|column| record.get(column)).map(str::to_owned);
        Ok(RosterRow {
            name: cell(self.name).unwrap_or_default(),
            first_name: cell(self.first_name).unwrap_or_default(),
            last_name: cell(self.last_name).unwrap_or_default(),
            email: cell(self.email),
            student_id: cell(self.student_id),
            group: cell(self.group),
            line: Some(line),
        })
    }
}

/// `E-Mail Address` and `email_address` are one name.
fn plain(name: &str) -> String {
    let letters = name.trim().to_lowercase();
    let words = letters.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "First name,Last name,ID number,Email address,Groups\r\n\
                        Zoë,\"O'Brien, Jr\",s-1,zoe@example.org,A\r\n\r\nJosé,Ávila,s-2,jose@example.org,\r\n";

    fn zoe_and_jose(rows: &[RosterRow]) {
        let text = |row: &RosterRow| {
            let [email, id, group] = [&row.email, &row.student_id, &row.group].map(|cell| cell.clone().unwrap());
            (row.first_name.clone(), row.last_name.clone(), format!("{email} {id} {group}"), row.line.unwrap())
        };
        let rows: Vec<_> = rows.iter().map(text).collect();
        let expected = [("Zoë", "O'Brien, Jr", "zoe@example.org s-1 A"), ("José", "Ávila", "jose@example.org s-2 ")];
        let lines = rows.iter().map(|row| row.3).collect::<Vec<_>>();
        assert!(lines[1] - lines[0] == 2, "{lines:?}");
        for ((first, last, rest, _), expected) in rows.iter().zip(expected) {
            assert_eq!((first.as_str(), last.as_str(), rest.as_str()), expected);
        }
    }

    #[test]
    fn a_list_is_read_however_it_was_saved() {
        let utf_16 =
            |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
        let marked = format!("\u{feff}{LIST}");
        let latin_1: Vec<u8> = LIST.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        for bytes in [
            LIST.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf_16(&marked, u16::to_le_bytes),
            utf_16(&marked, u16::to_be_bytes),
            utf_16(LIST, u16::to_le_bytes),
            utf_16(LIST, u16::to_be_bytes),
            latin_1,
        ] {
            zoe_and_jose(&rows_of_csv(&bytes).unwrap());
        }
    }

    #[test]
    fn cells_are_separated_as_the_first_line_separates_them() {
        let with = |separator: &str| {
            LIST.replace("\"O'Brien, Jr\"", "{}").replace(',', separator).replace("{}", "\"O'Brien, Jr\"")
        };
        for text in [with(";"), with("\t"), format!("sep=;\r\n{}", with(";")), format!("\u{feff}sep=|\n{}", with("|"))]
        {
            zoe_and_jose(&rows_of_csv(text.as_bytes()).unwrap());
        }
        let quoted = "\"name, as he says\";\"name\";E-Mail\nx;Ada;ada@example.org\n";
        assert_eq!(rows_of_csv(quoted.as_bytes()).unwrap()[0].name, "Ada");
        assert_eq!(rows_of_csv(b"Name\nAda\n").unwrap()[0].name, "Ada");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let problem =
            rows_of_csv(b"sep=,\nname,email\nAda,a@example.org\nKing, Ada,a@example.org\n\nB,b,c\n").unwrap_err();
        assert_eq!(
            problem.detail(),
            "nothing was imported: 2 wrong, line 4: has 3 cells, and the first line names 2 columns"
        );
        assert!(rows_of_csv(b"name;email;;\nAda;a@example.org;;\n").is_ok(), "empty cells at the end are no cells");
        assert!(rows_of_csv(b"email\nada@example.org\n").is_err());
        assert!(rows_of_csv(b"\xff\xfe\x00garbage").is_err());
        assert!(rows_of_csv(b"").is_err());
    }
}
