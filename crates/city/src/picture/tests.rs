use super::*;

pub(crate) fn scene(plate: &str, plate_kind: PlateKind) -> Scene {
    Scene {
        record_id: RecordId::from("r-1"),
        role: PhotoRole::Entry,
        at: moment::from_wall(jiff::civil::date(2026, 4, 1).at(10, 15, 30, 0)).unwrap(),
        plate: Plate::read(plate),
        plate_kind,
        on_street: false,
        lot_name: "湖州市中心医院停车场".to_owned(),
        where_exactly: "东门入口".to_owned(),
        look: 0x1234_5678_9abc_def0,
    }
}

#[test]
fn a_picture_is_a_small_jpeg_of_its_size() {
    for (plate, kind) in [
        ("浙E12345", PlateKind::SMALL),
        ("浙ED12345", PlateKind::SMALL_NEW_ENERGY),
        ("苏E6K825", PlateKind::LARGE),
        ("沪A12345D", PlateKind::LARGE_NEW_ENERGY),
    ] {
        let jpeg = draw(&scene(plate, kind));
        assert!((4_000..12_500).contains(&jpeg.len()), "{plate}: {} bytes", jpeg.len());
        let decoded = image::load_from_memory(&jpeg).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (WIDTH, HEIGHT));
    }
}

#[test]
fn the_same_scene_is_the_same_bytes_and_another_plate_is_another_picture() {
    let one = scene("浙E12345", PlateKind::SMALL);
    assert_eq!(draw(&one), draw(&one.clone()));
    assert_ne!(draw(&one), draw(&scene("浙E12346", PlateKind::SMALL)));
}

#[test]
fn every_province_has_its_character() {
    for province in "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼".chars()
    {
        assert!(unifont::get_glyph(province).is_some_and(unifont::Glyph::is_fullwidth), "{province}");
    }
}

#[test]
fn a_night_and_a_car_without_a_plate_can_be_drawn() {
    let mut night = scene("浙E12345", PlateKind::SMALL);
    night.at = moment::from_wall(jiff::civil::date(2026, 4, 1).at(2, 0, 0, 0)).unwrap();
    night.plate = None;
    night.on_street = true;
    night.role = PhotoRole::Exit;
    assert!(image::load_from_memory(&draw(&night)).is_ok());
}

#[test]
fn pictures_are_as_small_as_a_lot_s_own() {
    for n in 0..20 {
        let bytes = draw(&scene(&format!("浙E{:05}", 10_000 + n), PlateKind::SMALL)).len();
        assert!((2_000..20_000).contains(&bytes), "{bytes} bytes");
    }
}

#[test]
fn a_text_that_asks_for_a_hundred_kilobytes_gets_them() {
    for (plate, kind) in [("浙E12345", PlateKind::SMALL), ("苏E6K825", PlateKind::LARGE)] {
        let mut scene = scene(plate, kind);
        for hour in [2, 12] {
            scene.at = moment::from_wall(jiff::civil::date(2026, 4, 1).at(hour, 0, 0, 0)).unwrap();
            let jpeg = draw_at_least(&scene, 100 * 1024);
            println!("{} bytes", jpeg.len());
            assert!((100 * 1024..300 * 1024).contains(&jpeg.len()), "{plate}: {} bytes", jpeg.len());
            assert!(image::load_from_memory(&jpeg).is_ok());
            assert_eq!(draw_at_least(&scene, 100 * 1024), jpeg);
        }
        assert_eq!(draw_at_least(&scene, 0), draw(&scene));
    }
}

#[test]
fn what_stands_for_a_picture_is_one_and_small() {
    for (jpeg, most) in [(none(), 1_500), (smallest(), 700)] {
        assert!(image::load_from_memory(jpeg).is_ok());
        assert!(jpeg.len() < most, "{} bytes", jpeg.len());
    }
}
