//! A canvas of pixels and the few shapes that a scene needs. Whatever lies outside is simply not drawn.

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

impl Colour {
    pub(super) const WHITE: Self = Self(246, 246, 246);
    pub(super) const BLACK: Self = Self(18, 18, 20);

    /// The colour in less light.
    pub(super) fn lit(self, light: f32) -> Self {
        let dim = |part: u8| (f32::from(part) * light) as u8;
        // Night is blue.
        Self(dim(self.0), dim(self.1), (f32::from(self.2) * (light * 0.9 + 0.1)) as u8)
    }

    /// A mix with `other`: all of it at 1.
    pub(super) fn towards(self, other: Self, share: f32) -> Self {
        let mix = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share) as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

pub(super) struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { width: width as i32, height: height as i32, pixels: vec![0; (width * height * 3) as usize] }
    }

    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(super) fn size(&self) -> (u32, u32) {
        (self.width.unsigned_abs(), self.height.unsigned_abs())
    }

    /// The same so many times as large, with the grain of a sensor; the same grain for the same number.
    pub(super) fn enlarged(&self, times: usize, mut grain: u64) -> Self {
        let row_bytes = self.width.unsigned_abs() as usize * 3;
        let mut pixels = Vec::with_capacity(self.pixels.len() * times * times);
        for row in self.pixels.chunks_exact(row_bytes.max(3)) {
            for _ in 0..times {
                for pixel in row.chunks_exact(3) {
                    for _ in 0..times {
                        // A step of xorshift: quick, and as even as grain need be.
                        grain |= 1;
                        grain ^= grain << 13;
                        grain ^= grain >> 7;
                        grain ^= grain << 17;
                        let lighter = (grain >> 40) as u8 & 31;
                        pixels
                            .extend(pixel.iter().map(|part| part.saturating_sub(16).saturating_add(lighter)));
                    }
                }
            }
        }
        let times = times as i32;
        Self { width: self.width * times, height: self.height * times, pixels }
    }

    /// The bytes of a row between two columns, cut to the canvas.
    fn row(&mut self, y: i32, from: i32, to: i32) -> &mut [u8] {
        let (from, to) = (from.clamp(0, self.width), to.clamp(0, self.width));
        if !(0..self.height).contains(&y) || from >= to {
            return &mut [];
        }
        let start = ((y * self.width + from) * 3) as usize;
        let end = ((y * self.width + to) * 3) as usize;
        self.pixels.get_mut(start..end).unwrap_or_default()
    }

    fn line(&mut self, y: i32, from: i32, to: i32, colour: Colour) {
        for pixel in self.row(y, from, to).chunks_exact_mut(3) {
            pixel.copy_from_slice(&[colour.0, colour.1, colour.2]);
        }
    }

    /// Full rows from one colour to another.
    pub(super) fn gradient(&mut self, from_y: i32, to_y: i32, above: Colour, below: Colour) {
        for y in from_y..to_y {
            let share = (y - from_y) as f32 / (to_y - from_y).max(1) as f32;
            self.line(y, 0, self.width, above.towards(below, share));
        }
    }

    pub(super) fn rectangle(&mut self, x: i32, y: i32, width: i32, height: i32, colour: Colour) {
        for row in y..y + height {
            self.line(row, x, x + width, colour);
        }
    }

    /// A rectangle whose corners are cut round.
    pub(super) fn rounded(&mut self, x: i32, y: i32, width: i32, height: i32, radius: i32, colour: Colour) {
        for row in 0..height {
            let from_edge = row.min(height - 1 - row);
            let inset = if from_edge >= radius {
                0
            } else {
                let rise = (radius - from_edge) as f32 - 0.5;
                (radius as f32 - ((radius * radius) as f32 - rise * rise).max(0.0).sqrt()).round() as i32
            };
            self.line(y + row, x + inset, x + width - inset, colour);
        }
    }

    /// A convex shape of four corners.
    pub(super) fn quad(&mut self, corners: [(i32, i32); 4], colour: Colour) {
        let top = corners.iter().map(|corner| corner.1).min().unwrap_or(0);
        let bottom = corners.iter().map(|corner| corner.1).max().unwrap_or(0);
        for y in top..bottom {
            let mut from = f32::MAX;
            let mut to = f32::MIN;
            let next = corners.iter().cycle().skip(1);
            for (&(ax, ay), &(bx, by)) in corners.iter().zip(next) {
                if (ay <= y) == (by <= y) {
                    continue;
                }
                let x = ax as f32 + (bx - ax) as f32 * (y - ay) as f32 / (by - ay) as f32;
                from = from.min(x);
                to = to.max(x);
            }
            if from <= to {
                self.line(y, from.round() as i32, to.round() as i32, colour);
            }
        }
    }

    /// An upright ellipse.
    pub(super) fn ellipse(&mut self, (x, y): (i32, i32), (across, down): (i32, i32), colour: Colour) {
        for row in -down..=down {
            let share = row as f32 / down.max(1) as f32;
            let half = (across as f32 * (1.0 - share * share).max(0.0).sqrt()).round() as i32;
            self.line(y + row, x - half, x + half, colour);
        }
    }

    /// Darkens what is there, as the strip behind a caption.
    pub(super) fn shade(&mut self, x: i32, y: i32, width: i32, height: i32) {
        for row in y..y + height {
            for part in self.row(row, x, x + width) {
                *part = (u16::from(*part) * 3 / 10) as u8;
            }
        }
    }
}
