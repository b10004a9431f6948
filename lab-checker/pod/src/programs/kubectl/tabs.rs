//! Columns as Go's `text/tabwriter` makes them: cells end with a tab, and a column is as wide as it must be in the
//! lines next to each other that have it.

/// How wide columns are.
#[derive(Clone, Copy)]
pub(super) struct Widths {
    least: usize,
    padding: usize,
}

/// The columns of tables.
pub(super) const TABLE: Widths = Widths { least: 6, padding: 3 };
/// The columns of descriptions.
pub(super) const DESCRIPTION: Widths = Widths { least: 0, padding: 2 };

/// A text with its tabs replaced.
pub(super) fn aligned(text: &str, widths: Widths) -> String {
    let lines: Vec<Vec<&str>> = text.split_inclusive('\n').map(|line| line.split('\t').collect()).collect();
    let mut written = String::with_capacity(text.len() * 2);
    format(&lines, &mut Vec::new(), widths, &mut written);
    written
}

fn format(lines: &[Vec<&str>], columns: &mut Vec<usize>, widths: Widths, written: &mut String) {
    let column = columns.len();
    let has = |line: &Vec<&str>| column + 1 < line.len();
    let mut rest = lines;
    while !rest.is_empty() {
        let plain = rest.iter().position(has).unwrap_or(rest.len());
        write(&rest[..plain], columns, written);
        rest = &rest[plain..];
        let block = rest.iter().position(|line| !has(line)).unwrap_or(rest.len());
        if block > 0 {
            let widest = rest[..block].iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
            columns.push((widest + widths.padding).max(widths.least));
            format(&rest[..block], columns, widths, written);
            columns.pop();
            rest = &rest[block..];
        }
    }
}

fn write(lines: &[Vec<&str>], columns: &[usize], written: &mut String) {
    for line in lines {
        for (at, cell) in line.iter().enumerate() {
            written.push_str(cell);
            if at + 1 < line.len()
                && let Some(width) = columns.get(at)
            {
                written.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_ends_where_a_line_does_not_have_it() {
        let text = "NAME\tAGE\nweb-allow\t1s\n";
        assert_eq!(aligned(text, TABLE), "NAME        AGE\nweb-allow   1s\n");
        assert_eq!(aligned("A\tB\t\nlonger\t\n", DESCRIPTION), "A       B  \nlonger  \n");
        let blocks = "Name:\tx\nplain\nA long key:\ty\n";
        assert_eq!(aligned(blocks, DESCRIPTION), "Name:  x\nplain\nA long key:  y\n");
    }
}
