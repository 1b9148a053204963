//! Small pictures of passages, as a camera at a gate would take them: a lane, a car in its colour, a plate that a
//! person can read, and two lines of text. Drawn in two or three milliseconds, nearly all of them the JPEG encoder's;
//! the same bytes for the same scene.

mod canvas;
mod car;
mod lettering;
mod plate;

use bowei_model::{PhotoRole, Plate, PlateKind, RecordId, moment};
use canvas::{Canvas, Colour};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use jiff::Timestamp;
use std::sync::OnceLock;

/// Pixels across.
pub(crate) const WIDTH: u32 = 320;
/// Pixels down.
pub(crate) const HEIGHT: u32 = 200;
/// Keeps a picture between 4 and 12 KB with its plate clear.
const QUALITY: u8 = 38;

/// What a picture shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The record that it belongs to.
    pub record_id: RecordId,
    /// Coming in, seen from the front, or going out, seen from behind.
    pub role: PhotoRole,
    /// When it was taken.
    pub at: Timestamp,
    /// The car's plate.
    pub plate: Option<Plate>,
    /// The plate's kind, which is its colour.
    pub plate_kind: PlateKind,
    /// At a berth and not at a barrier.
    pub on_street: bool,
    /// The lot's name, written into the picture.
    pub lot_name: String,
    /// The gate or the berth, written into the picture.
    pub where_exactly: String,
    /// What the car looks like: its colour and shape come from this number.
    pub look: u64,
}

/// The colour, in words, of the car that [`Scene::look`] makes.
pub(crate) fn paint_of(look: u64) -> &'static str {
    car::paint(look).1
}

/// Draws a scene as JPEG.
pub(crate) fn draw(scene: &Scene) -> Vec<u8> {
    encoded(&painted(scene), QUALITY)
}

/// The same, as a larger camera would take it where fewer bytes would be fewer than `least`.
pub(crate) fn draw_at_least(scene: &Scene, least: usize) -> Vec<u8> {
    let canvas = painted(scene);
    let small = encoded(&canvas, QUALITY);
    if small.len() >= least {
        return small;
    }
    // As many pixels as fill a hundred kilobytes: a drawing has little in it, so that most of it is grain.
    encoded(&canvas.enlarged(2, scene.look), 95)
}

fn painted(scene: &Scene) -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    let light = daylight(scene.at);
    surroundings(&mut canvas, scene, light);
    car::draw(&mut canvas, scene, light);
    captions(&mut canvas, scene);
    canvas
}

/// A canvas as JPEG.
fn encoded(canvas: &Canvas, quality: u8) -> Vec<u8> {
    let (width, height) = canvas.size();
    let mut jpeg = Vec::with_capacity(12 * 1024);
    // Writing into memory does not fail, and these are the dimensions of the canvas.
    let _ = JpegEncoder::new_with_quality(&mut jpeg, quality).write_image(
        canvas.pixels(),
        width,
        height,
        ExtendedColorType::Rgb8,
    );
    jpeg
}

/// What stands for a picture where a text wants one and none was taken: the words 无照片.
pub(crate) fn none() -> &'static [u8] {
    static NONE: OnceLock<Vec<u8>> = OnceLock::new();
    NONE.get_or_init(|| {
        let mut canvas = Canvas::new(64, 24);
        lettering::write(&mut canvas, 8, 4, "无照片", Colour::WHITE);
        encoded(&canvas, QUALITY)
    })
}

/// The smallest picture that is one: for measuring records that have to have one.
pub(crate) fn smallest() -> &'static [u8] {
    static SMALLEST: OnceLock<Vec<u8>> = OnceLock::new();
    SMALLEST.get_or_init(|| {
        let mut jpeg = Vec::new();
        let _ = JpegEncoder::new_with_quality(&mut jpeg, 1).write_image(&[0], 1, 1, ExtendedColorType::L8);
        jpeg
    })
}

/// How light it is, from 0.35 at night to 1 by day.
fn daylight(at: Timestamp) -> f32 {
    let wall = moment::to_wall(at);
    let hour = f32::from(wall.hour()) + f32::from(wall.minute()) / 60.0;
    // Light between six in the morning and seven in the evening, an hour of dusk either side.
    let dawn = (hour - 5.3).clamp(0.0, 1.2) / 1.2;
    let dusk = (19.6 - hour).clamp(0.0, 1.2) / 1.2;
    0.35 + 0.65 * dawn.min(dusk)
}

fn surroundings(canvas: &mut Canvas, scene: &Scene, light: f32) {
    const HORIZON: i32 = 78;
    let (sky, haze) = (Colour(158, 188, 214), Colour(206, 214, 218));
    canvas.gradient(0, HORIZON, sky.lit(light), haze.lit(light));
    canvas.gradient(HORIZON, HEIGHT as i32, Colour(112, 114, 116).lit(light), Colour(74, 76, 78).lit(light));
    // A wall of houses far behind, from the scene's own number.
    let mut x = -10;
    let mut bits = scene.look ^ 0x5bd1_e995;
    while x < WIDTH as i32 {
        let (width, height) = (26 + (bits % 30) as i32, 14 + (bits >> 8 & 31) as i32);
        let shade = 130 + (bits >> 16 & 31) as u8;
        canvas.rectangle(x, HORIZON - height, width, height, Colour(shade, shade, shade + 6).lit(light));
        x += width + 3;
        bits = bits.rotate_right(7).wrapping_mul(0x2545_f491_4f6c_dd1d);
    }
    let bottom = HEIGHT as i32;
    if scene.on_street {
        // The kerb and the white corners of a berth.
        canvas.quad([(0, 96), (60, HORIZON), (82, HORIZON), (0, 128)], Colour(150, 146, 138).lit(light));
        let white = Colour(222, 222, 218).lit(light);
        canvas.quad([(36, bottom), (92, 92), (97, 92), (46, bottom)], white);
        canvas.quad([(284, bottom), (228, 92), (223, 92), (274, bottom)], white);
        canvas.rectangle(92, 92, 136, 3, white);
    } else {
        // The lane's edges, and a raised barrier beside it.
        let yellow = Colour(206, 168, 52).lit(light);
        canvas.quad([(14, bottom), (118, HORIZON), (122, HORIZON), (26, bottom)], yellow);
        canvas.quad([(306, bottom), (202, HORIZON), (198, HORIZON), (294, bottom)], yellow);
        canvas.rectangle(283, 60, 18, 84, Colour(236, 140, 40).lit(light));
        canvas.rectangle(283, 60, 18, 10, Colour(60, 62, 66).lit(light));
        for step in 0..6 {
            let colour = if step % 2 == 0 { Colour(214, 52, 44) } else { Colour(240, 240, 240) };
            let (x, y) = (286 - step * 6, 62 - step * 9);
            canvas.quad([(x, y), (x + 6, y), (x, y - 9), (x - 6, y - 9)], colour.lit(light.max(0.6)));
        }
    }
}

/// The lot and the gate above, the moment below, as recorders write them.
fn captions(canvas: &mut Canvas, scene: &Scene) {
    let way = match scene.role {
        PhotoRole::Entry => "入场",
        PhotoRole::Exit => "出场",
    };
    canvas.shade(0, 0, WIDTH as i32, 20);
    lettering::write(canvas, 6, 2, &format!("{} {}", scene.lot_name, scene.where_exactly), Colour::WHITE);
    canvas.shade(0, HEIGHT as i32 - 20, WIDTH as i32, 20);
    let wall = moment::to_wall(scene.at);
    let text = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} {way}",
        wall.year(),
        wall.month(),
        wall.day(),
        wall.hour(),
        wall.minute(),
        wall.second()
    );
    lettering::write(canvas, 6, HEIGHT as i32 - 18, &text, Colour(255, 232, 120));
}

#[cfg(test)]
mod tests;
