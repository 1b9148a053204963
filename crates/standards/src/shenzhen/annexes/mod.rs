//! The text's annexes: closed lists of codes, one file each.

pub(super) mod a_codes;
pub(super) mod b_service;
pub(super) mod c_plate_kind;
pub(super) mod d_car_color;
pub(super) mod e_plate_color;
pub(super) mod f_area;
