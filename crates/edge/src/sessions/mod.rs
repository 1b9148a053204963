//! Parkings made of passages, where cameras are all there is.
