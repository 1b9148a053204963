//! The car: from the front when it comes in, from behind when it goes out; larger for large plates.

use super::canvas::{Canvas, Colour};
use super::{Scene, plate};
use bowei_model::{PhotoRole, PlateKind};

/// The colours that cars have, by name, the usual ones more often.
const PAINTS: [(Colour, &str); 12] = [
    (Colour(238, 238, 236), "白色"),
    (Colour(238, 238, 236), "白色"),
    (Colour(232, 234, 238), "白色"),
    (Colour(44, 46, 50), "黑色"),
    (Colour(38, 40, 44), "黑色"),
    (Colour(150, 154, 158), "灰色"),
    (Colour(176, 180, 184), "灰色"),
    (Colour(104, 110, 118), "灰色"),
    (Colour(34, 62, 116), "蓝色"),
    (Colour(150, 34, 36), "红色"),
    (Colour(52, 88, 74), "绿色"),
    (Colour(156, 120, 84), "棕色"),
];

/// The paint of the car of that number, and what it is called.
pub(super) fn paint(look: u64) -> (Colour, &'static str) {
    let paint = usize::try_from(look >> 33).unwrap_or(0) % PAINTS.len();
    PAINTS.get(paint).copied().unwrap_or((Colour::WHITE, "白色"))
}

/// Where the car stands.
const MIDDLE: i32 = 160;
const GROUND: i32 = 172;

pub(super) fn draw(canvas: &mut Canvas, scene: &Scene, light: f32) {
    let large = matches!(scene.plate_kind, PlateKind::LARGE | PlateKind::LARGE_NEW_ENERGY);
    let paint = paint(scene.look).0.lit(light.max(0.5));
    let half = if large { 112 } else { 100 + (scene.look >> 50 & 7) as i32 };
    let roof = if large { 28 } else { 46 + (scene.look >> 54 & 7) as i32 };
    let shadow = Colour(36, 37, 40).lit(light);
    canvas.ellipse((MIDDLE, GROUND + 6), (half + 12, 9), shadow);
    // Tyres.
    for x in [MIDDLE - half + 6, MIDDLE + half - 34] {
        canvas.rounded(x, GROUND - 30, 28, 38, 6, Colour::BLACK);
    }
    let shoulder = 94;
    let dark = paint.towards(Colour::BLACK, 0.35);
    let narrow = if large { 8 } else { 34 };
    let cabin = [
        (MIDDLE - half + narrow, roof),
        (MIDDLE + half - narrow, roof),
        (MIDDLE + half - 4, shoulder + 4),
        (MIDDLE - half + 4, shoulder + 4),
    ];
    canvas.quad(cabin, dark);
    let glass = Colour(58, 74, 88).lit(light.max(0.55));
    let pane = [
        (MIDDLE - half + narrow + 8, roof + 6),
        (MIDDLE + half - narrow - 8, roof + 6),
        (MIDDLE + half - 16, shoulder),
        (MIDDLE - half + 16, shoulder),
    ];
    canvas.quad(pane, glass);
    let gleam =
        [(MIDDLE - 30, roof + 6), (MIDDLE + 4, roof + 6), (MIDDLE - 18, shoulder), (MIDDLE - 60, shoulder)];
    canvas.quad(gleam, glass.towards(Colour::WHITE, 0.22));
    canvas.rounded(MIDDLE - half, shoulder, half * 2, GROUND - shoulder - 6, 14, paint);
    canvas.rectangle(MIDDLE - half + 10, shoulder + 2, half * 2 - 20, 2, paint.towards(Colour::WHITE, 0.4));
    match scene.role {
        PhotoRole::Entry => front(canvas, half, shoulder, dark, light),
        PhotoRole::Exit => rear(canvas, half, shoulder, dark, light),
    }
    if let Some(text) = &scene.plate {
        plate::draw(canvas, MIDDLE - plate::WIDTH / 2, GROUND - plate::HEIGHT - 10, text, scene.plate_kind);
    }
}

fn front(canvas: &mut Canvas, half: i32, shoulder: i32, dark: Colour, light: f32) {
    let lamp = if light < 0.7 { Colour(255, 252, 226) } else { Colour(214, 220, 224) };
    for (x, edge) in [(MIDDLE - half + 8, 0), (MIDDLE + half - 40, 0)] {
        canvas.rounded(x, shoulder + 6 + edge, 32, 13, 6, Colour(70, 74, 78));
        canvas.rounded(x + 3, shoulder + 8, 26, 9, 4, lamp);
    }
    canvas.rounded(MIDDLE - 50, shoulder + 6, 100, 12, 4, dark.towards(Colour::BLACK, 0.5));
    for bar in 0..3 {
        canvas.rectangle(MIDDLE - 46, shoulder + 8 + bar * 3, 92, 1, Colour(150, 152, 156));
    }
    canvas.ellipse((MIDDLE, shoulder + 12), (6, 5), Colour(206, 208, 212));
}

fn rear(canvas: &mut Canvas, half: i32, shoulder: i32, dark: Colour, light: f32) {
    let lamp = if light < 0.7 { Colour(255, 60, 44) } else { Colour(176, 28, 30) };
    for x in [MIDDLE - half + 4, MIDDLE + half - 40] {
        canvas.rounded(x, shoulder + 5, 36, 15, 5, lamp);
        canvas.rectangle(x + 4, shoulder + 14, 28, 3, Colour(236, 214, 190));
    }
    canvas.rectangle(MIDDLE - half + 40, shoulder + 11, half * 2 - 80, 2, dark);
    canvas.ellipse((MIDDLE, shoulder + 10), (7, 4), Colour(196, 198, 202));
}
