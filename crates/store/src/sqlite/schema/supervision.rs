//! What supervision goes by: signs of life, tallies of findings, days and their rates, cases.

/// Supervision's tables. What was found before is tallied; its hour is `Minutes::hour_and_bit`'s.
pub(super) const SUPERVISION: &str = "
-- In which minutes of an hour since 1970 a lot, an account or the platform was heard, a bit each. By hour
-- first: what is written now lies together, whichever lots are heard.
CREATE TABLE heard (
    subject TEXT    NOT NULL,
    hour    INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    PRIMARY KEY (hour, subject)
) STRICT, WITHOUT ROWID;

-- What tells findings of one kind at one lot apart, see the model's `Facts::cause`; and the day whose evaluation found it.
ALTER TABLE findings ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN evaluated_day INTEGER;
UPDATE findings
   SET cause = coalesce(json_extract(facts, '$.field'), json_extract(facts, '$.start_field'), '')
 WHERE facts IS NOT NULL AND json_extract(facts, '$.is') IN
       ('field-unset', 'field-blank', 'field-absent', 'seconds-for-milliseconds', 'password-not-hashed', 'unlisted-value',
        'photo-cut', 'end-before-start');

-- A list asks for what holds or for what is resolved, and each finding is one of the two: so each way of asking has two
-- narrow indexes, of which a finding is in one.
DROP INDEX findings_by_lot;
CREATE INDEX findings_open_by_lot ON findings (lot, at) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_lot ON findings (lot, at) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_kind ON findings (kind, at) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_kind ON findings (kind, at) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_case ON findings (lot, kind, at) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_case ON findings (lot, kind, at) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open ON findings (at) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved ON findings (at) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_of_day ON findings (lot, evaluated_day) WHERE evaluated_day IS NOT NULL;

CREATE TABLE finding_tallies (
    lot   TEXT    NOT NULL,
    kind  TEXT    NOT NULL,
    cause TEXT    NOT NULL,
    hour  INTEGER NOT NULL,
    found INTEGER NOT NULL,
    open  INTEGER NOT NULL,
    PRIMARY KEY (lot, kind, cause, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_tallies_open ON finding_tallies (lot, kind, cause, hour) WHERE open > 0;
INSERT INTO finding_tallies (lot, kind, cause, hour, found, open)
    SELECT lot, kind, cause, (opened_at + 28800000) / 3600000, count(*), sum(resolved_at IS NULL)
    FROM findings GROUP BY 1, 2, 3, 4;

-- Lots and kinds whose findings have changed since their cases were judged.
CREATE TABLE changed_findings (
    lot  TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (lot, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO changed_findings (lot, kind, seq) SELECT DISTINCT lot, kind, 1 FROM finding_tallies;

-- Days to be evaluated anew.
CREATE TABLE dirty_days (
    lot TEXT    NOT NULL,
    day INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (lot, day)
) STRICT, WITHOUT ROWID;

-- What came of evaluating a day, and of a month the sum of its days; `at_close` as known at the day's close. A list
-- reads all lots of a period after one another.
CREATE TABLE day_rates (
    lot          TEXT    NOT NULL,
    day          INTEGER NOT NULL,
    evaluated_at INTEGER NOT NULL,
    rates        TEXT    NOT NULL,
    at_close     TEXT,
    found_from   INTEGER,
    found_to     INTEGER,
    PRIMARY KEY (day, lot)
) STRICT, WITHOUT ROWID;
CREATE INDEX day_rates_by_lot ON day_rates (lot, day);
CREATE TABLE month_rates (
    lot      TEXT    NOT NULL,
    month    INTEGER NOT NULL,
    rates    TEXT    NOT NULL,
    at_close TEXT,
    PRIMARY KEY (month, lot)
) STRICT, WITHOUT ROWID;
CREATE INDEX month_rates_by_lot ON month_rates (lot, month);
CREATE TABLE passage_hours (
    lot     TEXT    NOT NULL,
    hour    INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    exits   INTEGER NOT NULL,
    PRIMARY KEY (lot, hour)
) STRICT, WITHOUT ROWID;

-- What lots themselves say they have of a day, each different word whole in `doc`.
CREATE TABLE declarations (
    lot         TEXT    NOT NULL,
    day         INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    doc         TEXT    NOT NULL,
    PRIMARY KEY (lot, day, received_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
    id            TEXT    PRIMARY KEY,
    lot           TEXT,
    rule          TEXT    NOT NULL,
    cause         TEXT    NOT NULL,
    ordinal       INTEGER NOT NULL,
    parent        TEXT,
    provider      TEXT,
    district      TEXT    NOT NULL,
    vendor        TEXT    NOT NULL,
    condition     TEXT    NOT NULL,
    inhibited     INTEGER NOT NULL,
    count         INTEGER NOT NULL,
    first_at      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    opened_at     INTEGER NOT NULL,
    condition_doc TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    assignee      TEXT,
    due_at        INTEGER,
    paused_until  INTEGER,
    order_id      TEXT,
    doc           TEXT    NOT NULL,
    revision      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_by_lot ON cases (lot, rule, cause, ordinal);
CREATE INDEX cases_by_time ON cases (last_at, id);
CREATE INDEX cases_by_state ON cases (state, last_at, id);
CREATE INDEX cases_by_parent ON cases (parent) WHERE parent IS NOT NULL;
";

/// Lists of findings by when they were received: of each way of asking the two indexes again, by that time.
pub(super) const BY_RECEPTION: &str = "
CREATE INDEX findings_open_received ON findings (opened_at) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_received ON findings (opened_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_lot_received ON findings (lot, opened_at) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_lot_received ON findings (lot, opened_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_kind_received ON findings (kind, opened_at) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_kind_received ON findings (kind, opened_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_case_received ON findings (lot, kind, opened_at) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_case_received ON findings (lot, kind, opened_at) WHERE resolved_at IS NOT NULL;
";

/// Cases in every order that they are listed in.
pub(super) const CASES_IN_ORDER: &str = "
CREATE INDEX cases_by_count ON cases (count, id);
CREATE INDEX cases_by_due ON cases (ifnull(due_at, 9223372036854775807), id);
";
