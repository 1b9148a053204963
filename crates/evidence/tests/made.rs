//! A lot's morning, an order about it, and the package of that order.

use bowei_evidence::{
    AuditRecord, ClockReading, EvidenceFiles, KeptRules, KeptStatement, LotSince, SigningKey, Writer,
};
use bowei_model::pairing::leg_id;
use bowei_model::supervision::order::{
    Action, Content, DocumentNumber, Manner, Order, OrderFinding, Party, Service, Term,
};
use bowei_model::supervision::{Evidence, RuleSet};
use bowei_model::{
    Direction, Doubt, Facts, Finding, FindingKind, Lot, LotKind, ParkingSession, Passage, Photo, PhotoRole,
    Picture, Plate, RecordId, Report, SpaceCount, Statement, moment, rules,
};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub const MESSAGE: &[u8] = b"{\"id\":\"R1\"}";
pub const PICTURE: &[u8] = b"\xff\xd8\xff a picture";

/// What was kept of a key that these tests sign with.
pub static KEPT: LazyLock<Vec<u8>> = LazyLock::new(|| SigningKey::generate().unwrap().1);

pub fn key() -> SigningKey {
    SigningKey::from_pkcs8(&KEPT).unwrap()
}

pub fn at(hour: i8, minute: i8) -> Timestamp {
    moment::from_wall(date(2026, 11, 20).at(hour, minute, 0, 0)).unwrap()
}

pub fn lot() -> Lot {
    Lot { spaces_total: 100, ..Lot::new("330502-001".into(), "hz-demo".into(), LotKind::OffStreet) }
}

fn sha256(bytes: &[u8]) -> String {
    bowei_encoding::sha256_hex(bytes)
}

/// A report, `late` after it could have been received, with what intake doubts about it.
fn kept(report: Report, received_at: Timestamp, read: Vec<Doubt>, message: &[u8]) -> KeptStatement {
    let mut doubts = read;
    doubts.extend(rules::doubts(&report, &lot(), received_at));
    let statement = Statement {
        standard: "a-standard".to_owned(),
        provider: "hz-demo".into(),
        sent_at: received_at,
        received_at,
        report,
        doubts,
    };
    KeptStatement { message_sha256: sha256(message), statement, unnamed_fields: Some("{\"x\":1}".to_owned()) }
}

fn passage(id: &str, direction: Direction, when: Timestamp, plate: &str) -> Passage {
    Passage {
        plate: Plate::read(plate),
        ..Passage::new("330502-001".into(), RecordId::from(id), direction, when)
    }
}

/// A passage without a record id.
fn unpaired(direction: Direction, when: Timestamp, plate: &str) -> Report {
    let plate = Plate::read(plate);
    let id = leg_id(direction, plate.as_ref(), when);
    let passage = Passage::new("330502-001".into(), id, direction, when);
    Report::Passage(Passage { plate, without_record_id: true, ..passage })
}

pub fn statements() -> Vec<KeptStatement> {
    let soon = SignedDuration::from_secs(2);
    let entry = passage("R1", Direction::Entry, at(8, 0), "浙E12345");
    let exit = Passage { minutes: Some(5), ..passage("R1", Direction::Exit, at(9, 0), "浙E12346") };
    let late = passage("R2", Direction::Exit, at(8, 30), "浙E22222");
    let again = passage("R3", Direction::Entry, at(8, 0), "浙E12345");
    let unlisted = Facts::UnlistedValue {
        field: "plateColor".to_owned(),
        expected: "1、2、3、4".to_owned(),
        received: "9".to_owned(),
    };
    let photo = Photo {
        lot: "330502-001".into(),
        record_id: RecordId::from("R1"),
        role: PhotoRole::Entry,
        slot: None,
        taken_at: None,
        picture: Picture::Bytes {
            sha256: sha256(PICTURE),
            bytes: PICTURE.len() as u64,
            media_type: "image/jpeg".to_owned(),
        },
    };
    let count = SpaceCount::new("330502-001".into(), at(10, 0), 120);
    vec![
        kept(Report::Passage(entry), at(8, 0) + soon, vec![unlisted.into()], MESSAGE),
        kept(Report::Photo(photo), at(8, 0) + soon, Vec::new(), b"photo"),
        kept(Report::Passage(exit), at(9, 0) + soon, Vec::new(), b"exit"),
        kept(Report::Passage(late), at(9, 0) + soon, Vec::new(), b"late"),
        kept(Report::Passage(again), at(8, 0) + soon, Vec::new(), b"again"),
        kept(Report::SpaceCount(count), at(10, 0) + soon, Vec::new(), b"count"),
        kept(unpaired(Direction::Exit, at(11, 0), "浙E33333"), at(11, 0) + soon, Vec::new(), b"out"),
    ]
}

/// The findings about these statements, worked out beside the code under test: by the sessions themselves.
pub fn found(statements: &[KeptStatement]) -> Vec<Finding> {
    let mut sessions = BTreeMap::<RecordId, ParkingSession>::new();
    for KeptStatement { statement, .. } in statements {
        let new = |id: &RecordId| ParkingSession::new("330502-001".into(), id.clone(), statement);
        match &statement.report {
            Report::Passage(passage) if passage.without_record_id => {
                let (after, _) = bowei_model::pairing::absorb(Vec::new(), passage, statement);
                sessions.extend(after.into_iter().map(|session| (session.record_id.clone(), session)));
            }
            Report::Passage(passage) => {
                let id = &passage.record_id;
                sessions.entry(id.clone()).or_insert_with(|| new(id)).absorb_passage(passage, statement);
            }
            Report::Photo(photo) => {
                let id = &photo.record_id;
                sessions.entry(id.clone()).or_insert_with(|| new(id)).absorb_photo(photo, statement);
            }
            _ => {}
        }
    }
    sessions.values().flat_map(ParkingSession::history).collect()
}

/// The count, and the two records of one passage: what no session has by itself.
pub fn found_elsewhere() -> Vec<Finding> {
    let received = at(8, 0) + SignedDuration::from_secs(2);
    let which = format!("entry {}", at(8, 0).as_millisecond());
    let of_record = |id: &str| Finding {
        kind: FindingKind::DuplicateRecord,
        lot: "330502-001".into(),
        subject: format!("record:{id}"),
        which: which.clone(),
        record_id: Some(id.to_owned()),
        at: at(8, 0),
        facts: Facts::DuplicateRecord { direction: Direction::Entry },
        opened_at: received,
        resolved_at: None,
    };
    let count = Finding {
        kind: FindingKind::RemainingExceedsTotal,
        lot: "330502-001".into(),
        subject: "count:120//".to_owned(),
        which: at(10, 0).as_millisecond().to_string(),
        record_id: None,
        at: at(10, 0),
        facts: Facts::RemainingExceedsTotal {
            spaces: bowei_model::finding::Spaces::All,
            total: Some(100),
            received: 120,
        },
        opened_at: at(10, 0) + SignedDuration::from_secs(2),
        resolved_at: None,
    };
    vec![of_record("R1"), of_record("R3"), count]
}

pub fn rule_set() -> KeptRules {
    KeptRules { version: 3, rules: RuleSet::default() }
}

pub fn evidence(statements: &[KeptStatement]) -> EvidenceFiles {
    let mut files = EvidenceFiles::new();
    files.lots(&[LotSince { since: at(0, 0), lot: lot() }]).unwrap();
    files.statements(statements).unwrap();
    files.message(MESSAGE.to_vec());
    files.photo(PICTURE.to_vec());
    files.rules(&rule_set()).unwrap();
    files.clocks(&[ClockReading { at: at(7, 0), source: "ntp".to_owned(), ahead_ms: -12 }]).unwrap();
    files
}

/// All that is known of the day, as far as the model asks for it.
pub fn day(sessions: Vec<ParkingSession>) -> Evidence {
    Evidence {
        lot: lot(),
        day: date(2026, 11, 20),
        now: at(23, 0),
        sessions,
        open_before: 0,
        counts: Vec::new(),
        lists: Vec::new(),
        charges: Vec::new(),
        heard: Default::default(),
        account_heard: Default::default(),
        platform_away: Default::default(),
        maintenance: Default::default(),
        carries_photos: true,
        named_photos: BTreeMap::new(),
        heartbeat_minutes: 5,
        profile: Default::default(),
        declarations: Vec::new(),
        elsewhere: Vec::new(),
        base_data: Default::default(),
    }
}

pub fn order(findings: &[Finding], evidence_sha256: String) -> Order {
    let text = |text: &str| text.to_owned();
    let content = Content {
        case: text("case-1"),
        lot: lot().code,
        lot_name: lot().name,
        provider: lot().provider,
        agency: text("示范市综合行政执法局"),
        title: text("责令限期改正通知书"),
        party: Party { name: text("示范停车公司"), ..Party::default() },
        facts: text("上报的数据有误。"),
        rule_broken: text("《示范市办法》第四条"),
        basis: text("行政处罚法"),
        demand: text("更正"),
        report_back: text("在平台上答复"),
        consequence: text("依法处理"),
        remedies: text("复议、诉讼"),
        contact: text("张三"),
        term: Term::WorkingDays { days: 5, hour: 17 },
        rule_set: 3,
        findings: OrderFinding::numbered(findings),
    };
    let tomorrow = |hour| at(hour, 0) + SignedDuration::from_hours(24);
    let mut order = Order::draft(text("o-1"), content, text("zhang"), tomorrow(9)).unwrap();
    let number = DocumentNumber { year: 2026, n: 12 };
    order.act(Action::Issue { number, evidence_sha256 }, text("zhang"), tomorrow(10)).unwrap();
    let service = Service {
        at: tomorrow(11),
        manner: Manner::InPerson,
        recipient: text("示范停车公司"),
        place: text("人民路 1 号"),
        server: text("李四"),
        proxy: String::new(),
        reason: String::new(),
        witness: String::new(),
        remarks: String::new(),
    };
    let serve = order.serve(service, &Default::default()).unwrap();
    order.act(serve, text("li"), tomorrow(12)).unwrap();
    order
}

pub fn audit() -> Vec<AuditRecord> {
    let mut records = Vec::<AuditRecord>::new();
    for (seq, action) in [(7, "order.draft"), (8, "order.issue"), (11, "order.serve")] {
        let former = records.last().filter(|former| former.seq + 1 == seq);
        let mut record = AuditRecord {
            seq,
            at: at(9, 0).as_millisecond(),
            user: "zhang".to_owned(),
            source: "127.0.0.1".to_owned(),
            action: action.to_owned(),
            object: "order:o-1".to_owned(),
            ok: true,
            before: String::new(),
            after: "{}".to_owned(),
            former_hash: former.map_or_else(|| "0".repeat(64), |former| former.hash.clone()),
            hash: String::new(),
        };
        record.hash = record.expected_hash().unwrap();
        records.push(record);
    }
    records
}

/// The package of these findings on this evidence.
pub fn package(findings: &[Finding], evidence: &EvidenceFiles) -> Vec<u8> {
    let order = order(findings, evidence.sha256());
    let mut bytes = Vec::new();
    let writer = Writer::new(&order, evidence).unwrap().audit(&audit()).unwrap();
    writer.write(&key(), at(12, 0) + SignedDuration::from_hours(48), &mut bytes).unwrap();
    bytes
}

/// The one that most tests look at.
pub fn usual() -> Vec<u8> {
    let statements = statements();
    let findings = [found(&statements), found_elsewhere()].concat();
    package(&findings, &evidence(&statements))
}
