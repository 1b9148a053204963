//! Every statement of a batch that is about all days or none, prepared. A connection prepares each once. Those about one
//! day are in [`super::of_a_day`].
//!
//! Rows are looked up from an array by `LATERAL (… LIMIT 1)`, one by one through their key's index: a plain join the planner
//! may turn round and read all of a table that was empty when the statement was prepared.

use super::errors::refused;
use crate::Result;
use deadpool_postgres::Client;
use tokio_postgres::Statement;

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident: $sql:expr;)*) => {
        /// The statements.
        pub(super) struct Statements {
            $($(#[$doc])* pub(super) $name: Statement,)*
        }

        impl Statements {
            /// Prepares those that `client` does not know yet.
            pub(super) async fn prepare(client: &Client) -> Result<Self> {
                Ok(Self { $($name: client.prepare_cached($sql).await.map_err(refused)?,)* })
            }
        }
    };
}

statements! {
    /// Locks lots in their order.
    lots: "SELECT lot, doc, revision FROM lot_states WHERE lot = ANY($1::text[]) ORDER BY lot FOR UPDATE";
    /// Where the sessions of records are filed.
    places: "
        SELECT wanted.number, key.stands_at
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (lot, record_id, number)
        CROSS JOIN LATERAL (
          SELECT stands_at FROM session_keys
          WHERE lot = wanted.lot AND record_id = wanted.record_id LIMIT 1) AS key";
    /// Which orders there are.
    charging: "
        SELECT wanted.number
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (operator, order_no, number)
        CROSS JOIN LATERAL (
          SELECT FROM charging_records
          WHERE order_no = wanted.order_no AND operator = wanted.operator LIMIT 1) AS record";
    /// Charges that may lie over others at their devices.
    charges_near: "
        SELECT wanted.number, charge.started_at, charge.ended_at, charge.operator, charge.order_no,
               coalesce(charge.received_at, charge.ended_at)
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) WITH ORDINALITY
          AS wanted (lot, station, device, after, before, upto, number)
        CROSS JOIN LATERAL (
          SELECT started_at, ended_at, operator, order_no, received_at FROM charging_records
          WHERE lot = wanted.lot AND station = wanted.station AND device = wanted.device
            AND ended_at > wanted.after AND ended_at <= wanted.upto AND started_at < wanted.before
          LIMIT $7::bigint) AS charge";
    /// Documents by name.
    documents: "
        SELECT wanted.number, document.doc
        FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS wanted (lot, kind, name, number)
        CROSS JOIN LATERAL (
          SELECT doc FROM documents
          WHERE lot = wanted.lot AND kind = wanted.kind AND name = wanted.name LIMIT 1) AS document";
    /// The records from the latest entry not after a place to just before the next one: what lies further away pairs by
    /// itself.
    legs_between_entries: "
        SELECT DISTINCT wanted.number, leg.record_id
        FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS wanted (lot, plate, place, number)
        CROSS JOIN LATERAL (
            SELECT max(stands_at) AS at FROM legs
            WHERE lot = wanted.lot AND plate = wanted.plate AND stands_at <= wanted.place AND is_entry) AS before
        CROSS JOIN LATERAL (
            SELECT min(stands_at) AS at FROM legs
            WHERE lot = wanted.lot AND plate = wanted.plate AND stands_at > wanted.place AND is_entry) AS after
        CROSS JOIN LATERAL (
            SELECT record_id FROM legs
            WHERE lot = wanted.lot AND plate = wanted.plate AND stands_at >= coalesce(before.at, wanted.place)
              AND stands_at < coalesce(after.at, 9223372036854775807) OFFSET 0) AS leg";
    /// Where known legs without a plate stand: one may be said again to stand elsewhere, and then both places matter.
    legs_kept_places: "
        SELECT wanted.number, leg.stands_at
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (lot, id, number)
        CROSS JOIN LATERAL (
            SELECT stands_at FROM legs WHERE lot = wanted.lot AND id = wanted.id AND plate = '' LIMIT 1) AS leg";
    /// As far either way as legs without a plate follow one another closely enough to be taken for one another.
    legs_cluster: "
        SELECT DISTINCT wanted.number, leg.record_id
        FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS wanted (lot, place, number)
        CROSS JOIN LATERAL (
            SELECT min(stands_at) AS at FROM (
                SELECT stands_at, bool_or(gap > $3::bigint) OVER (ORDER BY stands_at DESC) AS apart FROM (
                    SELECT stands_at,
                           lag(stands_at, 1, wanted.place) OVER (ORDER BY stands_at DESC) - stands_at AS gap
                    FROM legs WHERE lot = wanted.lot AND plate = '' AND stands_at <= wanted.place
                    ORDER BY stands_at DESC LIMIT $4::bigint) AS steps) AS back
            WHERE NOT apart) AS first
        CROSS JOIN LATERAL (
            SELECT max(stands_at) AS at FROM (
                SELECT stands_at, bool_or(gap > $3::bigint) OVER (ORDER BY stands_at) AS apart FROM (
                    SELECT stands_at, stands_at - lag(stands_at, 1, wanted.place) OVER (ORDER BY stands_at) AS gap
                    FROM legs WHERE lot = wanted.lot AND plate = '' AND stands_at >= wanted.place
                    ORDER BY stands_at LIMIT $4::bigint) AS steps) AS onward
            WHERE NOT apart) AS last
        CROSS JOIN LATERAL (
            SELECT record_id FROM legs
            WHERE lot = wanted.lot AND plate = ''
              AND stands_at BETWEEN coalesce(first.at, wanted.place) AND coalesce(last.at, wanted.place)
            OFFSET 0) AS leg";

    ledger_new: "
        INSERT INTO ledger
          (lot, received_at, provider, standard, kind, amended, message_sha256, statement, unnamed_fields)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[],
                             $7::bytea[], $8::text[], $9::text[])";
    session_keys: "
        INSERT INTO session_keys (lot, record_id, stands_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
        ON CONFLICT (lot, record_id) DO UPDATE SET stands_at = excluded.stands_at";
    session_keys_gone: "
        DELETE FROM session_keys USING unnest($1::text[], $2::text[]) AS gone (lot, record_id)
        WHERE session_keys.lot = gone.lot AND session_keys.record_id = gone.record_id";
    sessions_now: "
        INSERT INTO sessions (lot, record_id, stands_at, parking, entered_at, exited_at, present_from, present_to,
                              open, plate, doc)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::bigint[], $6::bigint[],
                             $7::bigint[], $8::bigint[], $9::boolean[], $10::text[], $11::text[])
        ON CONFLICT (lot, record_id, stands_at) DO UPDATE
          SET parking = excluded.parking, entered_at = excluded.entered_at, exited_at = excluded.exited_at,
              present_from = excluded.present_from, present_to = excluded.present_to, open = excluded.open,
              plate = excluded.plate, doc = excluded.doc";
    legs_forgotten: "
        DELETE FROM legs USING unnest($1::text[], $2::text[]) AS gone (lot, id)
        WHERE legs.lot = gone.lot AND legs.id = gone.id AND legs.plate = ''";
    legs_now: "
        INSERT INTO legs (lot, plate, stands_at, is_entry, id, record_id)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::text[], $6::text[])
        ON CONFLICT (lot, plate, stands_at, is_entry, id) DO UPDATE SET record_id = excluded.record_id";
    passages_now: "
        INSERT INTO passages (lot, at, plate, is_entry, record_id, number, since, until, earlier)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::text[], $6::bigint[], $7::bigint[],
                             $8::bigint[], $9::text[])
        ON CONFLICT (lot, at, plate, is_entry, record_id) DO UPDATE
          SET number = excluded.number, since = excluded.since, until = excluded.until, earlier = excluded.earlier";
    lots_now: "
        INSERT INTO lot_states (lot, revision, doc) SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
        ON CONFLICT (lot) DO UPDATE SET revision = excluded.revision, doc = excluded.doc";
    /// The same order as that of the model's `Reported`, in which no word on chargers comes before any.
    reported_counts: "
        INSERT INTO space_counts AS kept (lot, as_of, said_at, vacant, charging_vacant)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
        ON CONFLICT (lot, as_of) DO UPDATE
          SET said_at = excluded.said_at, vacant = excluded.vacant, charging_vacant = excluded.charging_vacant
          WHERE (excluded.said_at, excluded.vacant,
                 excluded.charging_vacant IS NOT NULL, coalesce(excluded.charging_vacant, 0))
              > (kept.said_at, kept.vacant, kept.charging_vacant IS NOT NULL, coalesce(kept.charging_vacant, 0))";
    counts_now: "
        INSERT INTO space_count_reports (lot, at, said, doc)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[])
        ON CONFLICT (lot, at, said) DO UPDATE SET doc = excluded.doc";
    findings_new: "
        INSERT INTO findings AS kept
          (lot, at, mark, subject, kind, which, detail, record_id, facts, opened_at, resolved_at, cause, evaluated_day)
        SELECT *, $13::integer
        FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[],
                    $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::text[])
        ON CONFLICT (lot, at, mark) DO UPDATE SET opened_at = excluded.opened_at
          WHERE excluded.opened_at < kept.opened_at";
    photos_new: "
        INSERT INTO photo_refs (lot, day, sha256, record_id, role, media_type)
        SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
        ON CONFLICT (lot, day, sha256, record_id, role) DO NOTHING";
    charging_new: "
        INSERT INTO charging_records (order_no, operator, lot, ended_at, doc, station, device, started_at, received_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                             $8::bigint[], $9::bigint[])";
    documents_now: "
        INSERT INTO documents (lot, kind, name, doc)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        ON CONFLICT (lot, kind, name) DO UPDATE SET doc = excluded.doc";
    accounts: "
        INSERT INTO accounts_heard AS kept (provider, standard, at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
        ON CONFLICT (provider, standard) DO UPDATE SET at = excluded.at WHERE excluded.at > kept.at";
    tallies: "
        INSERT INTO tallies AS kept (day, writer, standard, outcome, kind, count)
        SELECT * FROM unnest($1::integer[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::bigint[])
        ON CONFLICT (day, writer, standard, outcome, kind) DO UPDATE SET count = kept.count + excluded.count";
    finding_tallies: "
        INSERT INTO finding_tallies AS kept (lot, kind, cause, hour, found, open)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
        ON CONFLICT (lot, kind, cause, hour) DO UPDATE
          SET found = kept.found + excluded.found, open = kept.open + excluded.open";
    changed_findings: "
        INSERT INTO changed_findings AS kept (lot, kind, seq)
        SELECT *, $3::bigint FROM unnest($1::text[], $2::text[])
        ON CONFLICT (lot, kind) DO UPDATE SET seq = greatest(kept.seq + 1, excluded.seq)";
    dirty_days: "
        INSERT INTO dirty_days AS kept (lot, day, seq) SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[])
        ON CONFLICT (lot, day) DO UPDATE SET seq = greatest(kept.seq + 1, excluded.seq)";
    heard: "
        INSERT INTO heard AS kept (hour, subject, minutes)
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
        ON CONFLICT (hour, subject) DO UPDATE SET minutes = kept.minutes | excluded.minutes
          WHERE kept.minutes | excluded.minutes <> kept.minutes";
}
