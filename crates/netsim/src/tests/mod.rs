//! The world, tried with small endpoints.

mod calls;
mod ends;
mod lab;
mod peers;
mod same;
mod scale;
