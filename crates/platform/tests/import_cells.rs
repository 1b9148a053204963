//! Workbooks as people fill them in: cells of several rows, headers of two, units, sums below, formulas that failed.

use crate::support;

use bowei_model::Lot;
use bowei_platform::registry::import::{ImportError, ImportOptions, Imported, import};
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use std::sync::Arc;

const HEADER: [&str; 11] = [
    "序号",
    "停车场编号",
    "停车场名称",
    "停车场分类",
    "停车场地址",
    "总车位数",
    "收费标准",
    "百度经度",
    "百度纬度",
    "经营单位",
    "开业日期",
];

/// A lot's row, without what each test puts there itself.
fn lot(sheet: &mut Worksheet, row: u32, id: &str, name: &str) {
    sheet.write_number(row, 0, row).unwrap();
    for (column, text) in
        [(1, id), (2, name), (3, "配建停车场"), (4, "环城北路8号"), (6, "每小时4元"), (9, "甬城停车公司")]
    {
        sheet.write_string(row, column, text).unwrap();
    }
    for (column, number) in [(5, 80.0), (7, 121.55), (8, 29.88)] {
        sheet.write_number(row, column, number).unwrap();
    }
}

fn header(sheet: &mut Worksheet, row: u32) {
    for (column, name) in (0..).zip(HEADER) {
        sheet.write_string(row, column, name).unwrap();
    }
}

fn saved(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

async fn imported(file: Vec<u8>) -> (Result<Imported, ImportError>, Vec<Lot>) {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn bowei_store::Store> = support::engine::store(folder.path()).await;
    let options = ImportOptions { provider: None, district: Some("330203".to_owned()), ..Default::default() };
    let done = import(store.as_ref(), file, &options).await;
    let mut lots = store.registry().await.unwrap().lots;
    lots.sort_by(|one, other| one.code.as_str().cmp(other.code.as_str()));
    (done, lots)
}

async fn lots(file: Vec<u8>) -> Vec<Lot> {
    let (done, lots) = imported(file).await;
    done.unwrap();
    lots
}

#[tokio::test]
async fn a_formula_that_failed_is_refused_where_it_stands() {
    let (done, lots) = imported(saved(|sheet| {
        header(sheet, 0);
        for (row, id) in [(1, "330203002201"), (2, "330203002202"), (3, "330203002203")] {
            lot(sheet, row, id, "东港停车场");
        }
        sheet.write_formula(1, 4, Formula::new("=VLOOKUP(A2,M:N,2,0)").set_result("#N/A")).unwrap();
        sheet.write_formula(2, 2, Formula::new("=M1").set_result("#REF!")).unwrap();
        sheet.write_string(3, 9, "#N/A").unwrap();
    }))
    .await;
    let error = done.unwrap_err().to_string();
    for told in ["row 2, 停车场地址", "row 3, 停车场名称", "row 4, 经营单位", "came \"#REF!\"", "a formula"]
    {
        assert!(error.contains(told), "{told}: {error}");
    }
    assert!(lots.is_empty());
}

#[tokio::test]
async fn dates_are_dates_and_numbers_what_was_typed() {
    let day = Format::new().set_num_format("yyyy/m/d");
    let all = lots(saved(|sheet| {
        header(sheet, 0);
        lot(sheet, 1, "330203002201", "东港停车场");
        lot(sheet, 2, "", "西港停车场");
        sheet.write_number_with_format(1, 10, 46_113.0, &day).unwrap();
        sheet.write_number_with_format(2, 10, 46_113.75, &day).unwrap();
        sheet.write_number(2, 1, 330_203_002_202.0).unwrap();
        sheet.write_number(1, 5, 79.999_999_999_999_99).unwrap();
        sheet.write_string(2, 5, "１２０").unwrap();
        sheet.write_number(1, 7, 121.550_000_000_000_01).unwrap();
    }))
    .await;
    let details: Vec<_> = all.iter().map(|lot| lot.details["开业日期"].as_str()).collect();
    assert_eq!(details, ["\"2026-04-01\"", "\"2026-04-01 18:00:00\""]);
    assert_eq!((all[0].spaces_total, all[1].spaces_total), (80, 120));
    assert_eq!(all[0].position, all[1].position);
    assert_eq!(all[1].ids["ningbo"], "330203002202");
}

#[tokio::test]
async fn what_stands_around_the_table_is_none_of_it() {
    let all = lots(saved(|sheet| {
        sheet.merge_range(0, 0, 0, 10, "2026年停车场静态数据表", &Format::new()).unwrap();
        header(sheet, 1);
        lot(sheet, 2, "330203002201", "东港停车场");
        sheet.write_string(3, 0, "合计").unwrap();
        sheet.write_number(3, 5, 80).unwrap();
        sheet.write_string(4, 0, "填表人：李四").unwrap();
        sheet.write_string(4, 7, "日期：2026-04-01").unwrap();
    }))
    .await;
    assert_eq!(all.len(), 1);
    // A lot whose name was forgotten is no note.
    let (done, _) = imported(saved(|sheet| {
        header(sheet, 0);
        lot(sheet, 1, "330203002201", "");
    }))
    .await;
    assert!(done.unwrap_err().to_string().contains("row 2, 停车场名称"));
}

#[tokio::test]
async fn a_cell_of_several_rows_counts_for_each_unless_it_is_one_lots() {
    let merged = |column: u16, said: &'static str| {
        saved(move |sheet| {
            header(sheet, 0);
            lot(sheet, 1, "330203002201", "东港停车场");
            lot(sheet, 2, "330203002202", "西港停车场");
            lot(sheet, 3, "330203002203", "南港停车场");
            sheet.write_blank(2, column, &Format::new()).unwrap();
            sheet.merge_range(1, column, 2, column, said, &Format::new()).unwrap();
        })
    };
    let all = lots(merged(9, "东港停车公司")).await;
    assert_eq!(all[0].provider, all[1].provider);
    assert_ne!(all[1].provider, all[2].provider);
    assert_eq!(lots(merged(6, "每小时6元")).await[1].tariff.as_deref(), Some("每小时6元"));
    let (done, _) = imported(merged(5, "200")).await;
    let error = done.unwrap_err().to_string();
    assert!(error.contains("row 3, 总车位数") && error.contains("merged"), "{error}");
}

#[tokio::test]
async fn names_of_columns_may_have_units_breaks_and_groups() {
    let units = saved(|sheet| {
        header(sheet, 0);
        lot(sheet, 1, "330203002201", "东港停车场");
        for (column, name) in [
            (1, "停车场编号*"),
            (2, "停车场\n名称"),
            (5, "总车位数（个）"),
            (7, "百度经度(°)"),
            (8, "百度纬度 (°)"),
        ] {
            sheet.write_string(0, column, name).unwrap();
        }
    });
    // Groups above the names, and a group whose names stand below.
    let groups_above = saved(|sheet| {
        header(sheet, 1);
        sheet.merge_range(0, 1, 0, 6, "基本信息", &Format::new()).unwrap();
        sheet.merge_range(0, 7, 0, 8, "位置", &Format::new()).unwrap();
        for column in [0, 9, 10] {
            sheet.merge_range(0, column, 1, column, HEADER[usize::from(column)], &Format::new()).unwrap();
        }
        lot(sheet, 2, "330203002201", "东港停车场");
    });
    let names_below = saved(|sheet| {
        header(sheet, 0);
        sheet.merge_range(0, 7, 0, 8, "百度坐标", &Format::new()).unwrap();
        sheet.write_string(1, 7, "百度经度").unwrap();
        sheet.write_string(1, 8, "百度纬度").unwrap();
        lot(sheet, 2, "330203002201", "东港停车场");
    });
    for (file, how) in [(units, "units"), (groups_above, "groups above"), (names_below, "names below")] {
        let all = lots(file).await;
        assert_eq!((all.len(), all[0].spaces_total, all[0].name.as_str()), (1, 80, "东港停车场"), "{how}");
        assert!(all[0].position.is_some() && all[0].ids["ningbo"] == "330203002201", "{how}");
    }
}

#[tokio::test]
async fn the_sheet_that_is_the_table_is_read() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write_string(0, 0, "填表说明").unwrap();
    let sheet = workbook.add_worksheet();
    header(sheet, 0);
    lot(sheet, 1, "330203002201", "东港停车场");
    workbook.add_worksheet().write_string(0, 0, "停车场分类").unwrap();
    assert_eq!(lots(workbook.save_to_buffer().unwrap()).await.len(), 1);
    let mut none = Workbook::new();
    none.add_worksheet().write_string(0, 0, "填表说明").unwrap();
    none.add_worksheet();
    let (done, _) = imported(none.save_to_buffer().unwrap()).await;
    assert!(done.unwrap_err().to_string().contains("停车场名称"));
}
