//! The folder of CSV files, from a file somebody drops to where it ends up.

use bowei_edge::devices::folder::{Folder, NewReport, POLL_EVERY, Rejection, TableFault, read};
use bowei_model::{LotCode, PayKind, Picture, Report};
use proptest::prelude::*;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ENGLISH: &str = "kind,record_id,at,plate,plate_kind,gate,gate_name,vacant,entered_at,payable,pay_kind,abnormal\n\
    entry,R-1,2026-04-01T08:15:30+08:00,浙E12345,02,G1,东门,127,,,,\n\
    exit,R-1,2026-04-01 09:15:30,浙E12345,02,G2,,128,2026-04-01 08:15:30,12.50,wechat,false\n\
    space-count,,2026/4/1 9:16,,,,,99,,,,\n";

const CHINESE: &str = "类型,记录编号,时间,车牌,号牌种类,通道编码,通道名称,剩余车位,入场时间,应收,缴费类型,是否异常\n\
    入场,R-1,2026-04-01T08:15:30+08:00,浙E12345,02,G1,东门,127,,,,\n\
    出场,R-1,2026-04-01 09:15:30,浙E12345,02,G2,,128,2026-04-01 08:15:30,12.50,微信,否\n\
    车位数,,2026/4/1 9:16,,,,,99,,,,\n";

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";

fn lot() -> LotCode {
    LotCode::from("L1")
}

fn reports(bytes: &[u8]) -> Vec<Report> {
    let table = read(bytes).unwrap();
    let all = table.rows.iter().flat_map(|row| row.reports(&lot(), "HZ330502001", None).unwrap());
    all.map(|new| new.report).collect()
}

#[test]
fn one_table_in_every_encoding_and_language_says_the_same() {
    let expected = reports(ENGLISH.as_bytes());
    assert_eq!(expected.iter().map(Report::kind).collect::<Vec<_>>(), ["entry", "exit", "space-count"]);
    let Report::Passage(exit) = &expected[1] else { panic!("{expected:?}") };
    assert_eq!(exit.at.to_string(), "2026-04-01T01:15:30Z");
    assert_eq!(exit.entered_at.unwrap().to_string(), "2026-04-01T00:15:30Z");
    let payment = exit.payment.as_ref().unwrap();
    assert_eq!(
        (payment.payable.unwrap().to_string().as_str(), payment.pay_kind),
        ("12.50", Some(PayKind::Wechat))
    );
    assert_eq!((exit.vacant, exit.abnormal), (Some(128), Some(false)));
    let gbk = encoding_rs::GBK.encode(CHINESE).0.into_owned();
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(CHINESE.replace(',', "\t").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let crlf = CHINESE.replace('\n', "\r\n");
    for other in [
        CHINESE.as_bytes(),
        format!("\u{feff}{CHINESE}").as_bytes(),
        &gbk,
        &utf16,
        crlf.as_bytes(),
        ENGLISH.replace(',', ";").as_bytes(),
        ENGLISH.trim_end().as_bytes(),
    ] {
        assert_eq!(reports(other), expected);
    }
}

#[test]
fn every_fault_is_the_readers_own_and_names_the_field() {
    for (row, field) in [
        ("arrival,R-1,2026-04-01 08:00:00,,", "kind"),
        ("entry,,2026-04-01 08:00:00,,", "record_id"),
        ("entry,R-1,tomorrow,,", "at"),
        ("entry,R-1,2026-04-01 08:00:00,many,", "vacant"),
        ("entry,R-1,2026-04-01 08:00:00,1,x", "colour_of_seats"),
        ("entry,R-1,2026-04-01 08:00:00,1,,x", "column 6"),
    ] {
        let table = read(format!("kind,record_id,at,vacant,colour_of_seats\n{row}\n").as_bytes()).unwrap();
        let fault = table.rows[0].reports(&lot(), "1", None).unwrap_err();
        assert_eq!(fault.field, field, "{fault}");
    }
}

/// The record ids and plates of a file's entries, and why its other rows are none.
fn entries(bytes: &[u8]) -> (Vec<(String, String)>, Vec<String>) {
    let (mut taken, mut why) = (Vec::new(), Vec::new());
    for row in read(bytes).unwrap().rows {
        match row.reports(&lot(), "1", None) {
            Ok(reports) => {
                let Report::Passage(passage) = &reports[0].report else { panic!("{reports:?}") };
                taken.push((passage.record_id.to_string(), passage.plate.as_ref().unwrap().to_string()));
            }
            Err(fault) => why.push(fault.to_string()),
        }
    }
    (taken, why)
}

#[test]
fn what_spreadsheets_put_around_cells_and_tables_comes_off() {
    let expected = vec![("202604010000000001".to_owned(), "浙E12345".to_owned())];
    for text in [
        "类型,记录编号,时间,车牌\r\n入场,\"=\"\"202604010000000001\"\"\",2026/4/1 8:15,\"=\"\"浙E12345\"\"\"\r\n",
        "类型,记录编号,时间,车牌\r\n入场,'202604010000000001,2026/4/1 8:15,'浙E12345\r\n",
        "类型,记录编号,时间,车牌\r\n入场,\t202604010000000001,2026/4/1 8:15,\u{1f}浙E12345\r\n",
        "sep=,\r\nkind,record_id,at,plate\r\nentry,202604010000000001,2026-04-01 08:15:00,浙E12345\r\n",
        "sep=;\nkind;record_id;at;plate\nentry;202604010000000001;2026-04-01 08:15:00;浙E12345\n",
        "车辆进出场明细,,,\n\n类型,记录编号,时间,车牌\n入场,202604010000000001,2026/4/1 8:15,浙E12345\n合计,,,1\n制表人：王五,,,\n",
        "类型，记录编号，时间，车牌\r\n入场，202604010000000001，2026/4/1 8:15，浙E12345\r\n",
        "类型,记录编号,\"时间\n(北京)\",\"车牌\n号码\",剩余车位（个）\r\n入场,202604010000000001,2026/4/1 8:15,浙E12345,９９\r\n",
    ] {
        assert_eq!(entries(text.as_bytes()), (expected.clone(), vec![]), "{text}");
    }
    let memo = "类型，记录编号，时间，备注\n入场，R-1，2026/4/1 8:15，\"慢，停\"\n";
    let Report::Passage(passage) = &reports(memo.as_bytes())[0] else { panic!() };
    assert_eq!(passage.memo.as_deref(), Some("慢，停"));
}

#[test]
fn numbers_that_a_spreadsheet_shortened_are_refused_as_such() {
    let mut rows = String::from("类型,记录编号,时间,车牌,号牌种类\n");
    for (id, minute) in
        [("2.02604E+17", 1), ("2.02604E+17", 2), ("202604010000000000", 3), ("202604010000000000", 4)]
    {
        rows += &format!("入场,{id},2026/4/1 8:{minute:02},浙E1234{minute},02\n");
    }
    rows += "入场,202604020000000000,2026/4/1 8:09,浙E12349,02\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(&rows);
    let (taken, why) = entries(&gbk);
    assert_eq!(taken, [("202604020000000000".to_owned(), "浙E12349".to_owned())], "one alone may be right");
    assert_eq!(why.len(), 4);
    assert!(why.iter().all(|why| why.contains("record_id: ") && why.contains("spreadsheet")), "{why:?}");
}

#[test]
fn times_are_read_in_their_usual_forms_and_others_refused_with_the_form() {
    let row = |time: &str| format!("类型,记录编号,时间,车牌\n入场,R-1,{time},浙E12345\n");
    for time in [
        "20260401081530",
        "2026年4月1日 8:15:30",
        "2026年4月1日8时15分30秒",
        "2026-04-01 上午8:15:30",
        "2026/4/1 8:15:30 AM",
        "46113.3440972222",
        "2026-04-01 08:15:30.000",
        "1775002530",
        "1775002530000",
    ] {
        let Report::Passage(passage) = &reports(row(time).as_bytes())[0] else { panic!("{time}") };
        assert_eq!(passage.at.as_second(), 1_775_002_530, "{time}");
    }
    for time in ["2026-04-01", "46113", "8:15", "1.77500E+12", "昨天"] {
        let (_, why) = entries(row(time).as_bytes());
        assert!(
            why[0].contains("at: expected a time with its offset") && why[0].contains("2026年4月1日 8:15"),
            "{why:?}"
        );
    }
}

#[test]
fn what_is_no_table_is_refused() {
    for bytes in [&b""[..], b"hello\nworld\n", b"\xff\xd8\xff\xe0", b"a,b,c\n1,2,3\n", b"PK\x03\x04"] {
        assert!(matches!(read(bytes), Err(TableFault::Header(_))));
    }
}

proptest! {
    #[test]
    fn arbitrary_files_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..1_000), headed in any::<bool>()) {
        let bytes = if headed { [b"kind,record_id,at,plate,plates,details\n".as_slice(), &bytes].concat() } else { bytes };
        if let Ok(table) = read(&bytes) {
            for row in &table.rows {
                let _ = row.reports(&lot(), "1", None);
            }
            let all: Vec<_> = table.rows.iter().map(|row| (row, "why".to_owned())).collect();
            assert!(!table.rejected(&all).is_empty());
        }
    }
}

/// A folder, and what was taken of it.
struct Scene {
    dir: TempDir,
    folder: Folder,
    taken: RefCell<Vec<NewReport>>,
    full: RefCell<bool>,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path(), lot(), "HZ330502001");
        Self { dir, folder, taken: RefCell::default(), full: RefCell::default() }
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.dir.path().join(name), content).unwrap();
    }

    fn has(&self, name: &str) -> bool {
        self.dir.path().join(name).exists()
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap()
    }

    async fn poll(&mut self) -> usize {
        let (taken, full) = (&self.taken, &self.full);
        let take = async |reports: Vec<NewReport>| {
            if *full.borrow() {
                return Err("no room");
            }
            taken.borrow_mut().extend(reports);
            Ok(())
        };
        self.folder.poll(&mut |reports| take(reports)).await.unwrap()
    }

    async fn settle(&mut self) {
        self.poll().await;
        self.poll().await;
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.taken.borrow().iter().map(|new| new.report.kind()).collect()
    }
}

#[tokio::test]
async fn the_documents_sample_is_taken_as_it_stands() {
    for page in
        [include_str!("../../../docs/edge/devices.md"), include_str!("../../../docs/edge/devices.zh-CN.md")]
    {
        let (_, rest) = page.split_once("```\n类型,").unwrap();
        let (rows, _) = rest.split_once("```").unwrap();
        let mut scene = Scene::new();
        scene.put("a.csv", format!("类型,{rows}"));
        scene.settle().await;
        assert_eq!(scene.kinds(), ["entry", "exit"]);
        assert!(scene.has("done/a.csv") && !scene.has("rejected"));
    }
}

#[tokio::test]
async fn a_file_is_taken_once_it_stands_still() {
    let mut scene = Scene::new();
    scene.put("a.csv", &ENGLISH[..200]);
    assert_eq!(scene.poll().await, 0);
    scene.put("a.csv", ENGLISH);
    assert_eq!(scene.poll().await, 0, "it has grown");
    assert_eq!(scene.poll().await, 1);
    assert_eq!(scene.kinds(), ["entry", "exit", "space-count"]);
    assert!(scene.has("done/a.csv") && !scene.has("a.csv") && !scene.has("rejected"));
    assert_eq!(scene.poll().await, 0);
}

#[tokio::test]
async fn what_is_not_kept_stays_and_is_offered_again() {
    let mut scene = Scene::new();
    scene.put("a.csv", ENGLISH);
    *scene.full.borrow_mut() = true;
    scene.settle().await;
    assert!(scene.has("a.csv") && !scene.has("done"));
    *scene.full.borrow_mut() = false;
    assert_eq!(scene.poll().await, 1);
    assert!(scene.has("done/a.csv"));
}

#[tokio::test]
async fn bad_rows_are_put_aside_with_the_reason_and_may_be_put_back() {
    let mut scene = Scene::new();
    scene.put("a.csv", "kind,record_id,at,memo\nentry,R-1,2026-04-01 08:00:00,\"a, b\"\nentry,,2026-04-01 08:00:00,\nentry,R-3,soon,x\n");
    scene.settle().await;
    assert_eq!(scene.kinds(), ["entry"]);
    assert!(scene.has("done/a.csv"));
    let rejected = scene.text("rejected/a.csv");
    let lines: Vec<&str> = rejected.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "kind,record_id,at,memo,why");
    assert!(lines[1].contains("缺少“record_id”：应为 1 至 128 个字符"), "{}", lines[1]);
    assert!(lines[2].starts_with("entry,R-3,soon,x,\"“at”应为日期和时间"), "{}", lines[2]);
    assert_eq!(lines.len(), 3);
    // Put right in the same file and put back, column and all.
    scene.put("a.csv", rejected.replace("entry,,", "entry,R-2,").replace("soon", "2026-04-01 09:00:00"));
    scene.settle().await;
    assert_eq!(scene.kinds(), ["entry"; 3]);
    assert!(scene.has("done/a-2.csv") && !scene.has("rejected/a-2.csv"));
}

#[tokio::test]
async fn a_fall_between_acceptance_and_renaming_says_the_same_again() {
    let mut scene = Scene::new();
    let content = format!("{ENGLISH}entry,,2026-04-01 08:00:00,,,,,,,,,\n");
    scene.put("a.csv", &content);
    scene.settle().await;
    // As if the rename had not happened: the same file is there again.
    std::fs::rename(scene.dir.path().join("done/a.csv"), scene.dir.path().join("a.csv")).unwrap();
    scene.settle().await;
    let taken = scene.taken.borrow();
    let said: Vec<&Report> = taken.iter().map(|new| &new.report).collect();
    assert_eq!(said[..3], said[3..], "the same record ids: the outbox knows them");
    assert!(!scene.has("rejected/a-2.csv"), "and the rejected rows are there once");
}

#[tokio::test]
async fn a_picture_in_the_folder_becomes_the_passages_photo() {
    let mut scene = Scene::new();
    scene.put("1.png", PNG);
    scene.put("2.png", "no picture");
    scene.put(
        "a.csv",
        "类型,记录编号,时间,车牌,图片\n\
         入场,R-1,2026-04-01 08:00:00,浙E12345,1.png\n\
         入场,R-2,2026-04-01 08:01:00,浙E12346,2.png\n\
         入场,R-3,2026-04-01 08:02:00,浙E12347,../../etc/passwd\n\
         入场,R-4,2026-04-01 08:03:00,浙E12348,4.png\n",
    );
    scene.settle().await;
    assert_eq!(
        scene.kinds(),
        ["entry", "photo", "entry", "entry", "entry"],
        "no passage is lost for its picture"
    );
    let taken = scene.taken.borrow();
    let Report::Photo(photo) = &taken[1].report else { panic!("no photo") };
    assert_eq!(photo.record_id.as_str(), "R-1");
    assert!(matches!(&photo.picture, Picture::Bytes { media_type, .. } if media_type == "image/png"));
    assert_eq!(taken[1].picture.as_ref().unwrap().bytes, PNG);
    assert!(scene.has("done/1.png") && !scene.has("1.png"));
    let rejected = scene.text("rejected/a.csv");
    for (id, why) in [("R-2", "图片应为 JPEG"), ("R-3", "同一文件夹"), ("R-4", "没有文件")] {
        assert!(rejected.lines().any(|line| line.contains(id) && line.contains(why)), "{rejected}");
    }
}

#[tokio::test]
async fn what_is_no_table_goes_aside_whole_with_a_note() {
    let mut scene = Scene::new();
    scene.put("x.csv", "hello\nworld\n");
    scene.put("~lock.csv", "hello");
    scene.put("notes.txt", "kind\nheartbeat\n");
    scene.settle().await;
    assert!(scene.has("rejected/x.csv") && scene.text("rejected/x.csv.why.txt").contains("“hello”"));
    assert!(scene.has("~lock.csv") && scene.has("notes.txt"));
    assert!(scene.kinds().is_empty());
    // Another of the name has a note of its own; put right and taken, it is said no longer why it was none.
    scene.put("x.csv", "bye\nworld\n");
    scene.settle().await;
    assert!(scene.text("rejected/x-2.csv.why.txt").contains("bye"));
    std::fs::remove_file(scene.dir.path().join("rejected/x.csv")).unwrap();
    scene.put("x.csv", ENGLISH);
    scene.settle().await;
    assert!(scene.has("done/x.csv") && !scene.has("rejected/x.csv.why.txt") && scene.has("rejected/x-2.csv"));
}

#[tokio::test]
async fn links_and_pipes_lead_nowhere() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, PNG).unwrap();
    std::fs::write(outside.path().join("city.csv"), ENGLISH).unwrap();
    let link = |to: &Path, from: PathBuf| std::os::unix::fs::symlink(to, from).unwrap();

    let mut scene = Scene::new();
    let folder = scene.dir.path().to_owned();
    std::fs::create_dir(folder.join("rejected")).unwrap();
    link(&outside.path().join("city.csv"), folder.join("b.csv"));
    link(&secret, folder.join("1.png"));
    link(&secret, folder.join("rejected/a.part"));
    link(&secret, folder.join("rejected/a.csv"));
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, folder.join("2.png"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    scene.put(
        "a.csv",
        "类型,记录编号,时间,车牌,图片\n\
         入场,R-1,2026-04-01 08:00:00,浙E12345,1.png\n\
         入场,R-2,2026-04-01 08:01:00,浙E12346,2.png\n",
    );
    scene.settle().await;
    assert_eq!(scene.kinds(), ["entry", "entry"], "the passages, and nothing of what links lead to");
    assert_eq!(std::fs::read(&secret).unwrap(), PNG, "what a link led to was written to");
    assert_eq!(scene.text("rejected/a-2.csv").lines().filter(|line| line.contains("R-")).count(), 2);
    assert!(
        std::fs::symlink_metadata(folder.join("b.csv")).unwrap().is_symlink(),
        "and it stays where it is"
    );
}

#[tokio::test]
async fn a_folder_that_is_a_link_gets_nothing() {
    for name in ["done", "rejected"] {
        let outside = tempfile::tempdir().unwrap();
        let mut scene = Scene::new();
        std::os::unix::fs::symlink(outside.path(), scene.dir.path().join(name)).unwrap();
        scene.put("a.csv", format!("{ENGLISH}entry,,2026-04-01 08:00:00,,,,,,,,,\n"));
        scene.settle().await;
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0, "{name}");
        assert!(scene.has("a.csv"), "{name}: it is left for the next look");
        // A neighbour's folder goes on.
        std::fs::remove_file(scene.dir.path().join(name)).unwrap();
        scene.settle().await;
        assert!(scene.has("done/a.csv"), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_folder_is_watched_from_round_to_round() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("share");
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let folder = Folder::new(&missing, lot(), "1");
    let (told, mut rejected) = tokio::sync::watch::channel(Vec::new());
    let take = move |reports| {
        let sender = sender.clone();
        async move { sender.send(reports) }
    };
    let (say_trouble, mut trouble) = tokio::sync::watch::channel(None);
    let looked = move |all: &[Rejection], trouble: Option<&str>| {
        told.send_replace(all.to_vec());
        say_trouble.send_replace(trouble.map(str::to_owned));
    };
    let watch = tokio::spawn(folder.run(take, looked));
    // The share is not there yet, which is told for as long as it is so.
    let why = trouble.wait_for(Option::is_some).await.unwrap().clone().unwrap();
    assert!(why.contains("share") && why.contains("folder.path"), "{why}");
    tokio::time::advance(POLL_EVERY * 2).await;
    write(&missing, "a.csv", ENGLISH);
    assert_eq!(receiver.recv().await.unwrap().len(), 3);
    trouble.wait_for(Option::is_none).await.unwrap();
    write(&missing, "b.csv", CHINESE);
    assert_eq!(receiver.recv().await.unwrap().len(), 3);
    // What is not taken is told, by the file's own column, for as long as it lies there.
    write(&missing, "c.csv", "类型,记录编号,时间,车牌,剩馀车位\n入场,R-9,2026-04-01 08:00:00,浙E12345,7\n");
    let all = rejected.wait_for(|all| !all.is_empty()).await.unwrap().clone();
    assert_eq!((all[0].file.as_str(), all[0].rows), ("c.csv", 1));
    assert_eq!(all[0].why, "列“剩馀车位”无法识别，是否应为“剩余车位”？");
    std::fs::remove_file(missing.join("rejected/c.csv")).unwrap();
    // A record that was taken is not told as one that was not.
    write(
        &missing,
        "d.csv",
        "类型,记录编号,时间,车牌,图片\n入场,R-8,2026-04-01 08:00:00,浙E12345,none.jpg\n",
    );
    let lacks = |all: &Vec<Rejection>| all.iter().any(|it| it.file == "d.csv");
    let all = rejected.wait_for(lacks).await.unwrap().clone();
    assert_eq!((all[0].rows, all[0].without_picture), (1, 1));
    std::fs::remove_file(missing.join("rejected/d.csv")).unwrap();
    rejected.wait_for(Vec::is_empty).await.unwrap();
    watch.abort();
    assert!(watch.await.unwrap_err().is_cancelled());
}

fn write(folder: &Path, name: &str, content: &str) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(name), content).unwrap();
}
