//! Plates as GA 36 colours them: blue with white letters, yellow with black ones, green from white for small
//! new-energy cars and yellow with green for large ones.

use super::canvas::{Canvas, Colour};
use super::lettering::character_at;
use bowei_model::{Plate, PlateKind};

/// The plate's size in the picture.
pub(super) const WIDTH: i32 = 156;
pub(super) const HEIGHT: i32 = 42;

/// Draws a plate with its upper left corner there. It is lit by the camera's own lamp, whatever the hour.
pub(super) fn draw(canvas: &mut Canvas, x: i32, y: i32, plate: &Plate, kind: PlateKind) {
    let letters = ground(canvas, x, y, kind);
    let text: Vec<char> = plate.as_str().chars().collect();
    let wide = |character: char| if character.is_ascii() { 16 } else { 32 };
    let dot = 6;
    let total: i32 = text.iter().map(|character| wide(*character)).sum::<i32>() + dot;
    let mut pen = x + (WIDTH - total) / 2;
    for (i, character) in text.into_iter().enumerate() {
        if i == 2 {
            canvas.ellipse((pen + dot / 2, y + HEIGHT / 2), (2, 2), letters);
            pen += dot;
        }
        let bolder = if character.is_ascii() { 1 } else { 0 };
        pen += character_at(canvas, (pen, y + 5), character, (2, 2), bolder, letters);
    }
}

/// The plate without its letters, and their colour.
fn ground(canvas: &mut Canvas, x: i32, y: i32, kind: PlateKind) -> Colour {
    let (field, letters) = match kind {
        PlateKind::LARGE => (Colour(236, 178, 28), Colour::BLACK),
        PlateKind::SMALL_NEW_ENERGY => (Colour(104, 196, 120), Colour::BLACK),
        PlateKind::LARGE_NEW_ENERGY => (Colour(98, 190, 112), Colour::BLACK),
        _ => (Colour(26, 72, 178), Colour::WHITE),
    };
    let edge = if letters == Colour::WHITE { Colour::WHITE } else { Colour(40, 44, 40) };
    canvas.rounded(x - 2, y - 2, WIDTH + 4, HEIGHT + 4, 5, edge);
    canvas.rounded(x, y, WIDTH, HEIGHT, 4, field);
    if kind == PlateKind::SMALL_NEW_ENERGY {
        // From white above to green below.
        for row in 0..HEIGHT - 4 {
            let share = row as f32 / (HEIGHT - 4) as f32;
            canvas.rectangle(x + 2, y + 2 + row, WIDTH - 4, 1, Colour(226, 244, 230).towards(field, share));
        }
    }
    if kind == PlateKind::LARGE_NEW_ENERGY {
        // The province and the authority stand on yellow.
        canvas.rectangle(x + 2, y + 2, 52, HEIGHT - 4, Colour(240, 196, 48));
    }
    letters
}
