//! What a shell script is made of, after parsing.

/// Commands one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script(pub(crate) Vec<Item>);

/// A pipeline and the condition under which it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// When it runs.
    pub(crate) when: When,
    /// Whether `&` stands behind it.
    pub(crate) background: bool,
    /// Whether `!` stands before it.
    pub(crate) negated: bool,
    /// The commands, joined by `|`.
    pub(crate) pipeline: Vec<Command>,
}

/// What stands before a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// `;`, a line break, or nothing.
    Always,
    /// `&&`.
    Success,
    /// `||`.
    Failure,
}

/// One command with its redirections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// What runs.
    pub(crate) body: Body,
    /// Where its streams go, in order.
    pub(crate) redirections: Vec<Redirection>,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Assignments, then a program and its arguments; either may be missing.
    Simple { assignments: Vec<(String, Word)>, words: Vec<Word> },
    /// `if … then … elif … else … fi`.
    If { branches: Vec<(Script, Script)>, otherwise: Option<Script> },
    /// `while` and `until`; a loop goes on as long as the condition's success is `until_success`'s opposite.
    Loop { condition: Script, until_success: bool, body: Script },
    /// `for NAME in WORDS; do … done`.
    For { name: String, words: Option<Vec<Word>>, body: Script },
    /// `case WORD in PATTERN) … ;; esac`.
    Case { subject: Word, arms: Vec<(Vec<Word>, Script)> },
    /// `{ …; }`.
    Group(Script),
    /// `( … )`.
    Subshell(Script),
    /// `NAME() { …; }`.
    Function { name: String, body: Script },
}

/// One redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirection {
    /// Which stream: 0, 1 or 2.
    pub(crate) stream: u8,
    /// Where to.
    pub(crate) target: Target,
}

/// The other end of a redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `< FILE`.
    Read(Word),
    /// `> FILE`.
    Write(Word),
    /// `>> FILE`.
    Append(Word),
    /// `>& N` or `<& N`.
    Duplicate(u8),
    /// `<< END` and `<<< WORD`: this text.
    Text(Word),
}

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) Vec<Part>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Whether it stands in quotes, so that it is neither split nor dropped when empty.
    pub(crate) quoted: bool,
    /// What it becomes.
    pub(crate) piece: Piece,
}

/// What a piece of a word becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Itself.
    Text(String),
    /// The value of a variable, changed by an operator.
    Variable { name: String, operator: Option<(Operator, Word)> },
    /// The length of a variable's value.
    Length(String),
    /// What a script prints.
    Output(Script),
    /// The value of an arithmetic expression.
    Arithmetic(Word),
}

/// What stands behind a name in `${NAME…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `:-` and `-`.
    Default { when_empty: bool },
    /// `:=` and `=`.
    Assign,
    /// `:+` and `+`.
    Alternative { when_empty: bool },
    /// `:?` and `?`.
    Require,
    /// `%` and `%%`.
    TrimEnd(Extent),
    /// `#` and `##`.
    TrimStart(Extent),
    /// `/OLD/NEW` for the first place, `//OLD/NEW` for all.
    Replace(Extent),
    /// `^^`.
    Upper,
    /// `,,`.
    Lower,
    /// `:FROM` and `:FROM:LENGTH`.
    Slice,
}

/// How much an operator takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// One mark: as little as matches.
    Shortest,
    /// Two marks: as much as matches.
    Longest,
}

impl Word {
    /// The word's text when nothing in it is quoted or expanded: only such a word can be a keyword.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part { quoted: false, piece: Piece::Text(text) }] => Some(text),
            _ => None,
        }
    }
}
