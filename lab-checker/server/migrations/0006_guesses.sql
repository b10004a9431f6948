-- Wrong join codes by whom they come from, for all servers on this database: until when what was guessed counts. What has
-- passed is deleted with the next guess.

CREATE TABLE guesses (
    caller TEXT PRIMARY KEY,
    until  BIGINT NOT NULL
);
CREATE INDEX guesses_by_until ON guesses (until);
