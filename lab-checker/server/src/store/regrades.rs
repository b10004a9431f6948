//! New grades beside attempts, and what is told about them. The attempt and its old grades stay.

use sqlx::{Row, any::AnyRow};
use uuid::Uuid;

use super::{
    Grade, Result, Store,
    columns::{activity_of, moment, points},
};
use crate::{activity::Activity, clock::Moment};

/// A new grade of one attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Regrade {
    /// The attempt.
    pub attempt: String,
    /// What is said about it now.
    pub grade: Grade,
    /// What is judged otherwise than before, in a sentence.
    pub difference: String,
}

/// One time that new grades were kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Publication {
    /// When.
    pub made_at: Moment,
    /// Tells two of one moment apart.
    pub id: String,
    /// What the instructor says to it.
    pub note: Option<String>,
}

/// A grade that an attempt has had.
#[derive(Debug, Clone, PartialEq)]
pub struct GradeOfTime {
    /// The attempt.
    pub attempt: String,
    /// At what.
    pub activity: Activity,
    /// When it was handed in.
    pub submitted_at: Moment,
    /// Points given.
    pub points: f64,
    /// Points possible.
    pub max_points: f64,
    /// Whether everything was right.
    pub passed: bool,
    /// What made it, and what differed; nothing for the grade that the attempt was given first.
    pub publication: Option<(Publication, Option<String>)>,
}

/// The activities at which a learner has been graded again.
const REGRADED: &str = "(attempts.kind, attempts.activity) IN
    (SELECT others.kind, others.activity FROM attempts AS others JOIN regrades ON regrades.attempt = others.id
     WHERE others.learner = $1)";

impl Store {
    /// Put new grades beside attempts: all of them or none.
    pub async fn regrade(&self, regrades: &[Regrade], note: Option<&str>) -> Result<()> {
        let (now, publication) = (Moment::now().millis(), Uuid::now_v7().to_string());
        self.written(async {
            let mut writing = self.write.begin().await?;
            sqlx::query("INSERT INTO publications (id, made_at, note) VALUES ($1, $2, $3)")
                .bind(&publication)
                .bind(now)
                .bind(note)
                .execute(&mut *writing)
                .await?;
            for Regrade { attempt, grade, difference } in regrades {
                sqlx::query(
                    "INSERT INTO regrades (attempt, made_at, points, max_points, passed, report, publication, difference)
                     VALUES ($1, (SELECT CASE WHEN MAX(made_at) >= $2 THEN MAX(made_at) + 1 ELSE $2 END
                                  FROM regrades WHERE attempt = $1), $3, $4, $5, $6, $7, $8)",
                )
                .bind(attempt)
                .bind(now)
                .bind(grade.points)
                .bind(grade.max_points)
                .bind(i64::from(grade.passed))
                .bind(grade.report.to_string())
                .bind(&publication)
                .bind(difference)
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await
        })
        .await
    }

    /// Every grade that a learner's attempts have had, at the activities where any was graded again: the attempts in
    /// the order in which they were handed in, the grades of each in the order in which they were given.
    pub async fn grades_of_time(&self, learner: &str) -> Result<Vec<GradeOfTime>> {
        let first = format!(
            "SELECT id, kind, activity, submitted_at, points, max_points, passed, 0 AS given_at, 0 AS published_at,
                    NULL AS publication, NULL AS note, NULL AS difference
             FROM attempts WHERE learner = $1 AND {REGRADED}"
        );
        let later = "SELECT attempts.id, attempts.kind, attempts.activity, attempts.submitted_at, regrades.points,
                    regrades.max_points, regrades.passed, regrades.made_at AS given_at,
                    COALESCE(publications.made_at, regrades.made_at) AS published_at,
                    COALESCE(publications.id, '') AS publication, publications.note, regrades.difference
             FROM attempts JOIN regrades ON regrades.attempt = attempts.id
             LEFT JOIN publications ON publications.id = regrades.publication
             WHERE attempts.learner = $1";
        let sql = format!("{first} UNION ALL {later} ORDER BY id, given_at");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(learner).fetch_all(&self.read).await?;
        Ok(rows.iter().map(grade).collect::<std::result::Result<_, _>>()?)
    }
}

fn grade(row: &AnyRow) -> std::result::Result<GradeOfTime, sqlx::Error> {
    let publication = match row.try_get::<Option<String>, _>("publication")? {
        Some(id) => {
            let publication = Publication { made_at: moment(row, "published_at")?, id, note: row.try_get("note")? };
            Some((publication, row.try_get("difference")?))
        }
        None => None,
    };
    Ok(GradeOfTime {
        attempt: row.try_get("id")?,
        activity: activity_of(row)?,
        submitted_at: moment(row, "submitted_at")?,
        points: points(row, "points")?,
        max_points: points(row, "max_points")?,
        passed: row.try_get::<i64, _>("passed")? != 0,
        publication,
    })
}
