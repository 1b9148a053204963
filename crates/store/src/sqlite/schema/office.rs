//! What the office keeps of its own, and what became of providers and lots.

/// Records of the office, and the registry's history.
pub(super) const OFFICE: &str = "
-- A record of the office, whole in `doc`; `words` in lower case.
CREATE TABLE office_records (
    kind     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    provider TEXT,
    district TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    words    TEXT    NOT NULL,
    doc      TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX office_records_by_time ON office_records (kind, at, id);

-- Appended to, and nothing else.
CREATE TABLE registry_history (
    seq    INTEGER PRIMARY KEY,
    object TEXT    NOT NULL,
    doc    TEXT    NOT NULL
) STRICT;
CREATE INDEX registry_history_by_object ON registry_history (object, seq);

-- What else is known of a provider, as JSON.
ALTER TABLE providers ADD COLUMN doc TEXT NOT NULL DEFAULT '{}';
";
