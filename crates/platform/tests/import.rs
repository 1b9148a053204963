//! The static table of car parks, from a file into the registry.

use crate::support;

use bowei_model::{Datum, Lot, LotKind, Position};
use bowei_platform::registry::import::{CellFault, ImportError, ImportOptions, Imported, import};
use bowei_store::{ProviderRow, RegistryChange, Store};
use rust_xlsxwriter::Workbook;
use std::sync::Arc;
use tempfile::TempDir;

/// As the annex has it, with a lot's id in front and a column of the operator's own at the end.
const HEADER: [&str; 16] = [
    "停车场编号",
    "序号",
    "停车场名称",
    "停车场分类",
    "所属区域道路",
    "停车场地址",
    "服务电话",
    "停车场进口数",
    "停车场出口数",
    "总车位数",
    "收费方式",
    "收费标准",
    "百度经度",
    "百度纬度",
    "经营单位",
    "备注",
];

const GUARDS: &str = "宁波江东保安服务有限公司";

/// The annex's own two rows, the first filled in, and a road.
fn rows() -> Vec<Vec<&'static str>> {
    vec![
        vec![
            "330203077102",
            "1",
            "李惠利停车场",
            "\u{3000}配建停车场",
            "江东区",
            "兴宁路57号",
            "0574-87018701",
            "2",
            "1",
            "320",
            "支持现金支付",
            "每小时5元，\"过夜\"10元",
            "121.579006",
            "29.862331",
            GUARDS,
            "地下两层",
        ],
        vec![
            "",
            "2",
            "王隘二村临时停车场",
            "\u{3000}临时停车场",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            GUARDS,
            "",
        ],
        vec![
            "330203077003",
            "3",
            "兴宁路",
            "道路泊位",
            "兴宁路",
            "",
            "",
            "",
            "",
            "45",
            "",
            "",
            "",
            "",
            GUARDS,
            "",
        ],
    ]
}

fn csv(header: &[&str], rows: &[Vec<&str>]) -> String {
    let line = |cells: &[&str]| {
        let cells: Vec<_> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        cells.join(",") + "\r\n"
    };
    std::iter::once(line(header)).chain(rows.iter().map(|row| line(row))).collect()
}

/// As Excel keeps it: numbers as numbers, a title above the header.
fn xlsx(rows: &[Vec<&str>]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 3, "附录 宁波市公共停车场静态数据信息表").unwrap();
    for (column, name) in (0..).zip(HEADER) {
        sheet.write_string(1, column, format!(" {name}\u{3000}")).unwrap();
    }
    for (row, cells) in (2..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).unwrap(),
                Err(_) => sheet.write_string(row, column, *cell).unwrap(),
            };
        }
    }
    workbook.save_to_buffer().unwrap()
}

struct City {
    store: Arc<dyn Store>,
    _folder: TempDir,
}

impl City {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = support::engine::store(folder.path()).await;
        let provider = |code: &str, name: &str| ProviderRow {
            code: code.into(),
            name: name.into(),
            contact: None,
            details: Default::default(),
        };
        let providers = vec![provider("nb-guards", GUARDS), provider("nb-other", "另一家")];
        store.change_registry(RegistryChange { providers, ..Default::default() }).await.unwrap();
        Self { store, _folder: folder }
    }

    async fn import(&self, file: impl Into<Vec<u8>>) -> Result<Imported, ImportError> {
        let options =
            ImportOptions { provider: None, district: Some("330203".to_owned()), ..Default::default() };
        import(self.store.as_ref(), file.into(), &options).await
    }

    async fn faults(&self, file: impl Into<Vec<u8>>) -> Vec<CellFault> {
        match self.import(file).await {
            Err(ImportError::Rows(faults)) => {
                assert_eq!(self.lots().await, Vec::new(), "nothing is imported");
                let fault = |f: &CellFault| CellFault {
                    row: f.row,
                    column: f.column.clone(),
                    expected: f.expected.clone(),
                    received: f.received.clone(),
                };
                faults.told().iter().map(fault).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    async fn lots(&self) -> Vec<Lot> {
        self.store.registry().await.unwrap().lots
    }

    async fn lot(&self, name: &str) -> Lot {
        self.lots().await.into_iter().find(|lot| lot.name == name).unwrap()
    }
}

fn counts(imported: &Imported) -> (usize, usize, usize, usize) {
    (imported.created, imported.changed, imported.unchanged, imported.without_id.len())
}

#[tokio::test]
async fn a_table_becomes_lots_and_the_same_table_again_changes_nothing() {
    let city = City::new().await;
    let table = csv(&HEADER, &rows());
    let imported = city.import(format!("\u{feff}{table}")).await.unwrap();
    assert_eq!(counts(&imported), (3, 0, 0, 1));
    let lot = city.lot("李惠利停车场").await;
    assert_eq!((lot.code.as_str(), lot.provider.as_str()), ("ningbo-330203077102", "nb-guards"));
    assert_eq!((lot.kind, lot.district.as_str(), lot.spaces_total), (LotKind::OffStreet, "330203", 320));
    assert_eq!(lot.ids["ningbo"], "330203077102");
    assert_eq!(lot.tariff.as_deref(), Some("每小时5元，\"过夜\"10元"));
    assert_eq!(lot.position, Position::read(121.579_006, 29.862_331, Datum::Bd09));
    assert_eq!((lot.details["备注"].as_str(), lot.details["停车场进口数"].as_str()), ("\"地下两层\"", "2"));
    assert_eq!(lot.details["停车场分类"], "\"配建停车场\"");
    assert_eq!(city.lot("兴宁路").await.kind, LotKind::OnStreet);
    let nameless = city.lot("王隘二村临时停车场").await;
    assert_eq!((nameless.position, nameless.spaces_total, nameless.ids.len()), (None, 0, 0));
    assert_eq!((imported.without_id[0].row, &imported.without_id[0].code), (3, &nameless.code));

    let version = city.store.registry_version().await.unwrap();
    assert_eq!(counts(&city.import(table).await.unwrap()), (0, 0, 3, 1));
    assert_eq!(city.store.registry_version().await.unwrap(), version);
}

#[tokio::test]
async fn csv_of_either_encoding_and_a_workbook_say_the_same() {
    let city = City::new().await;
    let table = csv(&HEADER, &rows());
    city.import(table.clone()).await.unwrap();
    let (gb18030, _, unfit) = encoding_rs::GB18030.encode(&table);
    assert!(!unfit);
    assert!(std::str::from_utf8(&gb18030).is_err());
    assert_eq!(counts(&city.import(gb18030.into_owned()).await.unwrap()), (0, 0, 3, 1));
    assert_eq!(counts(&city.import(xlsx(&rows())).await.unwrap()), (0, 0, 3, 1));
}

#[tokio::test]
async fn columns_stand_in_any_order_and_empty_numbered_rows_are_none() {
    let city = City::new().await;
    let mut backwards: Vec<Vec<&str>> = rows();
    backwards.push(vec!["", "4"]);
    backwards.iter_mut().for_each(|row| row.resize(16, ""));
    backwards.iter_mut().for_each(|row| row.reverse());
    let header: Vec<_> = HEADER.into_iter().rev().collect();
    assert_eq!(counts(&city.import(csv(&header, &backwards)).await.unwrap()), (3, 0, 0, 1));
}

#[tokio::test]
async fn what_the_table_does_not_say_stays() {
    let city = City::new().await;
    city.import(csv(&HEADER, &rows())).await.unwrap();
    let mut lot = city.lot("李惠利停车场").await;
    lot.ids.insert("huzhou".to_owned(), "HZ1".to_owned());
    lot.charging_spaces = 20;
    lot.closed = true;
    lot.parties = vec!["nb-other".into()];
    lot.details.insert("楼层".to_owned(), "2".to_owned());
    let change = RegistryChange { lots: vec![lot.clone()], ..Default::default() };
    city.store.change_registry(change).await.unwrap();
    let mut table = rows();
    table[0][9] = "318";
    table[0][12] = "";
    table[0][13] = "";
    assert_eq!(counts(&city.import(csv(&HEADER, &table)).await.unwrap()), (0, 1, 2, 1));
    assert_eq!(city.lot("李惠利停车场").await, Lot { spaces_total: 318, ..lot });
}

#[tokio::test]
async fn a_lot_that_is_given_its_id_later_stays_the_same_lot() {
    let city = City::new().await;
    city.import(csv(&HEADER, &rows())).await.unwrap();
    let before = city.lot("王隘二村临时停车场").await;
    let mut table = rows();
    table[1][0] = "330203077301";
    assert_eq!(counts(&city.import(csv(&HEADER, &table)).await.unwrap()), (0, 1, 2, 0));
    let after = city.lot("王隘二村临时停车场").await;
    assert_eq!((&after.code, after.ids["ningbo"].as_str()), (&before.code, "330203077301"));
    // And a table of before that does not help it to a second one.
    assert_eq!(counts(&city.import(csv(&HEADER, &rows())).await.unwrap()), (0, 0, 3, 0));
}

#[tokio::test]
async fn a_lot_registered_under_another_code_is_known_by_its_id() {
    let city = City::new().await;
    let mut lot = {
        city.import(csv(&HEADER, &rows()[..1])).await.unwrap();
        city.lot("李惠利停车场").await
    };
    lot.code = "330203-001".into();
    lot.ids = [("ningbo".to_owned(), "330203077199".to_owned())].into();
    let change = RegistryChange { lots: vec![lot], ..Default::default() };
    city.store.change_registry(change).await.unwrap();
    let mut table = rows();
    table.truncate(1);
    table[0][0] = "330203077199";
    assert_eq!(counts(&city.import(csv(&HEADER, &table)).await.unwrap()), (0, 0, 1, 0));
}

#[tokio::test]
async fn every_wrong_cell_is_named_and_nothing_is_imported() {
    let city = City::new().await;
    for (column, wrong, expected, received) in [
        (0, "3302030771", "12 digits", "\"3302030771\""),
        (2, "", "the lot's name", "nothing"),
        (3, "地下停车场", "道路泊位, 公建停车场", "\"地下停车场\""),
        (3, "", "道路泊位, 公建停车场", "nothing"),
        (7, "两个", "a whole number", "\"两个\""),
        (9, "-5", "a whole number from 0 to 1000000", "\"-5\""),
        (9, "12.5", "a whole number", "\"12.5\""),
        (9, "87018701", "from 0 to 1000000", "\"87018701\""),
        (12, "", "beside 百度纬度", "nothing"),
        (13, "", "beside 百度经度", "nothing"),
        (12, "29.862331", "72 to 138", "\"29.862331\""),
        (13, "北纬29度", "0.5 to 56", "\"北纬29度\""),
        (14, "", "--provider CODE", "nothing"),
    ] {
        let mut table = rows();
        table[0][column] = wrong;
        for (file, row) in [(csv(&HEADER, &table).into_bytes(), 2), (xlsx(&table), 3)] {
            let faults = city.faults(file).await;
            let [fault] = &faults[..] else { panic!("{wrong}: {faults:?}") };
            assert_eq!((fault.row, fault.column.as_str()), (row, HEADER[column]), "{fault}");
            assert!(fault.expected.contains(expected) && fault.received == received, "{fault}");
        }
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_up_to_a_bound() {
    let city = City::new().await;
    let mut table = rows();
    (table[0][3], table[0][9], table[2][12]) = ("车库", "-5", "121.5");
    let faults = city.faults(csv(&HEADER, &table)).await;
    let places: Vec<_> = faults.iter().map(|fault| (fault.row, fault.column.as_str())).collect();
    assert_eq!(places, [(2, "停车场分类"), (2, "总车位数"), (4, "百度纬度")]);

    let mut row = rows()[0].clone();
    row[9] = "many";
    let error = city.import(csv(&HEADER, &vec![row; 60])).await.unwrap_err().to_string();
    assert_eq!(error.matches("总车位数").count(), 50, "{error}");
    assert!(error.ends_with("and 10 more"), "{error}");
}

#[tokio::test]
async fn operators_that_the_table_alone_names_are_registered_once_each() {
    let city = City::new().await;
    let mut table: Vec<_> = (0..4).map(|_| rows()[1].clone()).collect();
    for (n, row) in table.iter_mut().enumerate() {
        row[2] = ["一号", "二号", "三号", "四号"][n];
        row[14] = ["甲公司", "乙公司"][n % 2];
    }
    let imported = city.import(csv(&HEADER, &table)).await.unwrap();
    let mut names: Vec<_> = imported.providers.iter().map(|row| row.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["乙公司", "甲公司"]);
    let again = city.import(csv(&HEADER, &table)).await.unwrap();
    assert_eq!((counts(&again), again.providers.len()), ((0, 0, 4, 4), 0));
    let table = [rows()[1].clone()];
    let options = ImportOptions {
        provider: Some("nb-other".into()),
        district: Some("330203".into()),
        ..Default::default()
    };
    let imported = import(city.store.as_ref(), csv(&HEADER, &table).into(), &options).await.unwrap();
    assert_eq!(counts(&imported), (1, 0, 0, 1));
    assert_eq!(city.lot("王隘二村临时停车场").await.provider.as_str(), "nb-other");
}

#[tokio::test]
async fn the_same_lot_twice_is_refused_and_one_without_a_district_is_the_city_s() {
    let city = City::new().await;
    let mut twice = rows();
    twice.push(rows()[0].clone());
    let faults = city.faults(csv(&HEADER, &twice)).await;
    assert_eq!((faults[0].row, faults[0].column.as_str()), (5, "停车场名称"));
    assert!(faults[0].received.contains("row 2"), "{}", faults[0]);
    let options = ImportOptions::default();
    import(city.store.as_ref(), csv(&HEADER, &rows()).into(), &options).await.unwrap();
    assert_eq!(city.lot("王隘二村临时停车场").await.district, "330200");
}

#[tokio::test]
async fn a_file_that_is_no_such_table_is_told_why() {
    let city = City::new().await;
    let with = |header: &[&str]| csv(header, &rows()).into_bytes();
    let renamed = HEADER.map(|name| if name == "总车位数" { "车位" } else { name });
    let twice = HEADER.map(|name| if name == "备注" { "停车场名称" } else { name });
    let cut = xlsx(&rows());
    for (file, words) in [
        (Vec::new(), "停车场名称"),
        (b"a,b\n1,2\n".to_vec(), "停车场名称"),
        (with(&renamed), "lacks the columns 总车位数"),
        (with(&twice), "two columns \"停车场名称\""),
        (cut[..cut.len() / 2].to_vec(), "no .xlsx workbook"),
        (format!("{}\n,{}1", HEADER.join(","), ",".repeat(80)).into_bytes(), "beyond the column 64"),
    ] {
        let error = city.import(file).await.unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    let mut far = Workbook::new();
    far.add_worksheet().write_string(1_048_575, 16_383, "停车场名称").unwrap();
    let error = city.import(far.save_to_buffer().unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("row 1048576"), "{error}");
    for options in [
        ImportOptions { provider: Some("nobody".into()), district: None, ..Default::default() },
        ImportOptions { provider: None, district: Some("江东".into()), ..Default::default() },
    ] {
        assert!(import(city.store.as_ref(), with(&HEADER), &options).await.is_err());
    }
}

#[tokio::test]
async fn a_table_of_more_rows_than_any_city_has_is_refused() {
    let city = City::new().await;
    let mut text = HEADER.join(",");
    text.push_str(&"\n,,甲".repeat(100_000));
    let error = city.import(text).await.unwrap_err();
    assert!(error.to_string().contains("100000 rows"), "{error}");
}
