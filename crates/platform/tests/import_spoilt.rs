//! Workbooks that are not what they seem: each is read or refused, and nothing worse.

use crate::support;

use bowei_platform::registry::import::{ImportOptions, import};
use rust_xlsxwriter::Workbook;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

fn parts() -> Vec<(String, Vec<u8>)> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in
        (0..).zip(["停车场名称", "停车场分类", "停车场地址", "总车位数", "百度经度", "百度纬度"])
    {
        sheet.write_string(0, column, name).unwrap();
    }
    sheet.write_string(1, 0, "李惠利停车场").unwrap();
    sheet.write_number(1, 3, 320).unwrap();
    let mut archive = ZipArchive::new(Cursor::new(workbook.save_to_buffer().unwrap())).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        parts.push((entry.name().unwrap().into_owned(), bytes));
    }
    parts
}

fn packed(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_spoilt_workbook_is_refused_or_read_and_nothing_worse() {
    let folder = tempfile::tempdir().unwrap();
    let store = support::engine::store(folder.path()).await;
    let options = ImportOptions::default();
    let whole = parts();
    let mut spoilt = 0usize;
    for part in 0..whole.len() {
        let length = whole[part].1.len();
        // Bytes all over each part, each put to what XML and numbers are most easily upset by.
        for (turn, place) in (0..length).step_by((length / 60).max(1)).enumerate() {
            let mut parts = whole.clone();
            parts[part].1[place] = b"<>\"'&9-A\0\xff"[turn % 10];
            let _ = import(store.as_ref(), packed(&parts), &options).await;
            parts[part].1.truncate(place);
            let _ = import(store.as_ref(), packed(&parts), &options).await;
            spoilt += 2;
        }
        let mut parts = whole.clone();
        parts.remove(part);
        let _ = import(store.as_ref(), packed(&parts), &options).await;
    }
    assert!(spoilt > 500, "{spoilt}");
    let lots = store.registry().await.unwrap().lots;
    assert!(lots.is_empty(), "no row of these is right: {lots:?}");
}
