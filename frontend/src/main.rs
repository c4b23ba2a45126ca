//! Portolan.
fn main() {}
