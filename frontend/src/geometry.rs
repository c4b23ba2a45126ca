//! Where things stand in the pictures: plain numbers, in pixels, tried natively.

pub mod ladder;
pub mod ports;
