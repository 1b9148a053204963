//! What supervision goes by: signs of life, tallies of findings, days and their rates, cases.

/// Supervision's tables. What was found before is tallied; its hour is `Minutes::hour_and_bit`'s. A node of an older version
/// knows nothing of them: what it finds meanwhile is not tallied.
pub(super) const SUPERVISION: &str = r#"
-- In which minutes of an hour since 1970 a lot, an account or the platform was heard, a bit each. By hour
-- first: what is written now lies together, whichever lots are heard.
CREATE TABLE heard (
    subject text   COLLATE "C" NOT NULL,
    hour    bigint NOT NULL,
    minutes bigint NOT NULL,
    PRIMARY KEY (hour, subject)
) WITH (fillfactor = 70);

-- What tells findings of one kind at one lot apart, see the model's `Facts::cause`; and the day whose evaluation found it.
ALTER TABLE findings ADD COLUMN cause text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE findings ADD COLUMN evaluated_day integer;
UPDATE findings
   SET cause = coalesce(facts::json ->> 'field', facts::json ->> 'start_field', '')
 WHERE kind IN ('missing-field', 'malformed-message', 'unlisted-value', 'photo-too-small', 'exit-before-entry')
   AND facts IS NOT NULL AND facts::json ->> 'is' IN
       ('field-unset', 'field-blank', 'field-absent', 'seconds-for-milliseconds', 'password-not-hashed', 'unlisted-value',
        'photo-cut', 'end-before-start');

-- What a list by time, or of one lot, does not find soon. No more than these: a question takes a lock on every index of
-- every day that it is about.
CREATE INDEX findings_by_kind ON findings (kind, at, lot, mark);
CREATE INDEX findings_resolved ON findings (at, lot, mark) WHERE resolved_at IS NOT NULL;

CREATE TABLE finding_tallies (
    lot   text   COLLATE "C" NOT NULL,
    kind  text   COLLATE "C" NOT NULL,
    cause text   COLLATE "C" NOT NULL,
    hour  bigint NOT NULL,
    found bigint NOT NULL,
    open  bigint NOT NULL,
    PRIMARY KEY (lot, kind, cause, hour)
) WITH (fillfactor = 70);
CREATE INDEX finding_tallies_open ON finding_tallies (lot, kind, cause, hour) WHERE open > 0;
INSERT INTO finding_tallies (lot, kind, cause, hour, found, open)
    SELECT lot, kind, cause, (coalesce(opened_at, at) + 28800000) / 3600000, count(*),
           count(*) FILTER (WHERE resolved_at IS NULL)
    FROM findings GROUP BY 1, 2, 3, 4;

-- Lots and kinds whose findings have changed since their cases were judged.
CREATE TABLE changed_findings (
    lot  text   COLLATE "C" NOT NULL,
    kind text   COLLATE "C" NOT NULL,
    seq  bigint NOT NULL,
    PRIMARY KEY (lot, kind)
) WITH (fillfactor = 70);
INSERT INTO changed_findings (lot, kind, seq) SELECT DISTINCT lot, kind, 1 FROM finding_tallies;

-- Days to be evaluated anew.
CREATE TABLE dirty_days (
    lot text    COLLATE "C" NOT NULL,
    day integer NOT NULL,
    seq bigint  NOT NULL,
    PRIMARY KEY (lot, day)
) WITH (fillfactor = 70);

-- What came of evaluating a day, and of a month the sum of its days; `at_close` as known at the day's close.
CREATE TABLE day_rates (
    lot          text    COLLATE "C" NOT NULL,
    day          integer NOT NULL,
    evaluated_at bigint  NOT NULL,
    rates        text    NOT NULL,
    at_close     text,
    found_from   bigint,
    found_to     bigint,
    PRIMARY KEY (lot, day)
) WITH (fillfactor = 70);
CREATE INDEX day_rates_by_day ON day_rates (day, lot);
CREATE TABLE month_rates (
    lot      text    COLLATE "C" NOT NULL,
    month    integer NOT NULL,
    rates    text    NOT NULL,
    at_close text,
    PRIMARY KEY (lot, month)
) WITH (fillfactor = 70);
CREATE INDEX month_rates_by_month ON month_rates (month, lot);
CREATE TABLE passage_hours (
    lot     text   COLLATE "C" NOT NULL,
    hour    bigint NOT NULL,
    entries bigint NOT NULL,
    exits   bigint NOT NULL,
    PRIMARY KEY (lot, hour)
);

-- What lots themselves say they have of a day, each different word whole in `doc`.
CREATE TABLE declarations (
    lot         text    COLLATE "C" NOT NULL,
    day         integer NOT NULL,
    received_at bigint  NOT NULL,
    doc         text    NOT NULL,
    PRIMARY KEY (lot, day, received_at)
);

CREATE TABLE cases (
    id            text    COLLATE "C" PRIMARY KEY,
    lot           text    COLLATE "C",
    rule          text    COLLATE "C" NOT NULL,
    cause         text    COLLATE "C" NOT NULL,
    ordinal       bigint  NOT NULL,
    parent        text    COLLATE "C",
    provider      text    COLLATE "C",
    district      text    COLLATE "C" NOT NULL,
    vendor        text    COLLATE "C" NOT NULL,
    condition     text    COLLATE "C" NOT NULL,
    inhibited     boolean NOT NULL,
    count         bigint  NOT NULL,
    first_at      bigint  NOT NULL,
    last_at       bigint  NOT NULL,
    opened_at     bigint  NOT NULL,
    condition_doc text    NOT NULL,
    state         text    COLLATE "C" NOT NULL,
    assignee      text    COLLATE "C",
    due_at        bigint,
    paused_until  bigint,
    order_id      text    COLLATE "C",
    doc           text    NOT NULL,
    revision      bigint  NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX cases_by_lot ON cases (lot, rule, cause, ordinal);
CREATE INDEX cases_by_time ON cases (last_at, id);
CREATE INDEX cases_by_state ON cases (state, last_at, id);
CREATE INDEX cases_by_parent ON cases (parent) WHERE parent IS NOT NULL;
"#;

/// Lists of findings by when they were received. One of a node that knew no such moment is taken to have been received when it
/// lies.
pub(super) const BY_RECEPTION: &str = r#"
CREATE INDEX findings_by_reception ON findings ((coalesce(opened_at, at)), at, lot, mark);
"#;

/// Findings in one table: they are few beside what they are found in, and a list of them asked every day there is. Every
/// way of asking has an index in its order, as in the embedded engine: what holds and what is resolved, by time, lot,
/// kind, and lot and kind, each by either time. `DROP TABLE` takes a lock on every day's table and its indexes: some nine
/// for each, of which a server as it is installed has room for six thousand.
pub(super) const FINDINGS_IN_ONE_TABLE: &str = r#"
ALTER TABLE findings RENAME TO findings_by_day;
CREATE TABLE findings (LIKE findings_by_day INCLUDING DEFAULTS);
INSERT INTO findings SELECT * FROM findings_by_day;
DROP TABLE findings_by_day;
ALTER TABLE findings ADD PRIMARY KEY (lot, at, mark);
-- A day of them, to put away or to copy.
CREATE INDEX findings_by_time ON findings (at, lot, mark);
CREATE INDEX findings_open ON findings (at, lot, mark) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved ON findings (at, lot, mark) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_lot ON findings (lot, at, mark) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_lot ON findings (lot, at, mark) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_kind ON findings (kind, at, lot, mark) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_kind ON findings (kind, at, lot, mark) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_case ON findings (lot, kind, at, mark) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_case ON findings (lot, kind, at, mark) WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_received ON findings ((coalesce(opened_at, at)), at, lot, mark) WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_received ON findings ((coalesce(opened_at, at)), at, lot, mark)
  WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_lot_received ON findings (lot, (coalesce(opened_at, at)), at, mark)
  WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_lot_received ON findings (lot, (coalesce(opened_at, at)), at, mark)
  WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_kind_received ON findings (kind, (coalesce(opened_at, at)), at, lot, mark)
  WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_kind_received ON findings (kind, (coalesce(opened_at, at)), at, lot, mark)
  WHERE resolved_at IS NOT NULL;
CREATE INDEX findings_open_by_case_received ON findings (lot, kind, (coalesce(opened_at, at)), at, mark)
  WHERE resolved_at IS NULL;
CREATE INDEX findings_resolved_by_case_received ON findings (lot, kind, (coalesce(opened_at, at)), at, mark)
  WHERE resolved_at IS NOT NULL;
ANALYZE findings;
"#;

/// Cases in every order that they are listed in.
pub(super) const CASES_IN_ORDER: &str = r#"
CREATE INDEX cases_by_count ON cases (count, id);
CREATE INDEX cases_by_due ON cases ((coalesce(due_at, 9223372036854775807)), id);
"#;
