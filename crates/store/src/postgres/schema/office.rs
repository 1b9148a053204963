//! What the office keeps of its own, and what became of providers and lots.

/// Records of the office, and the registry's history. A node of an older version knows nothing of them.
pub(super) const OFFICE: &str = r#"
-- A record of the office, whole in `doc`; `words` in lower case.
CREATE TABLE office_records (
    kind     text   COLLATE "C" NOT NULL,
    id       text   COLLATE "C" NOT NULL,
    state    text   COLLATE "C" NOT NULL,
    provider text   COLLATE "C",
    district text   COLLATE "C" NOT NULL,
    at       bigint NOT NULL,
    words    text   NOT NULL,
    doc      text   NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX office_records_by_time ON office_records (kind, at, id);

-- Appended to, and nothing else; numbered while the registry's row is locked.
CREATE TABLE registry_history (
    seq    bigint PRIMARY KEY,
    object text   COLLATE "C" NOT NULL,
    doc    text   NOT NULL
);
CREATE INDEX registry_history_by_object ON registry_history (object, seq);

-- What else is known of a provider, as JSON.
ALTER TABLE providers ADD COLUMN doc text NOT NULL DEFAULT '{}';
"#;
